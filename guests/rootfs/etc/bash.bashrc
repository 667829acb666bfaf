# /etc/bash.bashrc: read by interactive shells.

[ -z "${PS1-}" ] && return

shopt -s checkwinsize
HISTCONTROL=ignoreboth
PS1='\u@\h:\w\$ '
alias ls='ls --color=auto'
alias grep='grep --color=auto'
