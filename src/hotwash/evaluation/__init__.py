"""How good the analyser is: labelled sessions in, figures out. Pure but for `predicting`, which reads the transcripts."""
