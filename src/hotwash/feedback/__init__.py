"""What people say of the analyser's findings: this one is right, that one is wrong. Kept, and given out as labels."""
