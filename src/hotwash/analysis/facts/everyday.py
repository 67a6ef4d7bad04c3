"""Programs of every shell session: that they ran says nothing about what was done or what was used."""

_PLUMBING = """
cd ls cat echo printf head tail grep egrep sed awk find wc sort uniq cut tr xargs tee test true false sleep pwd mkdir rm cp mv touch
chmod which command type export set unset source env date diff read for while if do done then fi exit return kill ps time cmp basename
dirname realpath stat file less more man history alias eval exec wait trap shift local let bash sh zsh [ [[ : . rg fd tree jobs fg bg
id whoami uname hostname df du free top lsof seq yes nl tac rev column comm join paste split expr declare readonly function case esac
base64 xxd od md5sum sha256sum ln install timeout nohup sudo open clear printenv nproc rmdir getopts pgrep pkill killall mktemp umask
ulimit hash
"""
PLUMBING = frozenset(_PLUMBING.split())
