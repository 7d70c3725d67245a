#compdef floorctl
# zsh completion for floorctl
#
#   source <(floorctl completion zsh)                    # this shell, behind compinit
#   floorctl completion zsh > "${fpath[1]}/_floorctl"    # every shell

_floorctl() {
    local program=$words[1] answer each
    local -a lines described plain
    (( $+commands[$program] )) || [[ -x $program ]] || program=floorctl
    answer=$(_FLOORCTL_COMPLETE=zsh command $program "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" \
        2> /dev/null < /dev/null) || return 1
    lines=("${(@f)answer}")
    case $lines[1] in
        files) _files; return ;;
        files\ *) compset -P '*='; _files; return ;;
    esac
    for each in "${(@)lines[2,-1]}"; do
        if [[ $each == *$'\t'* ]]; then
            described+=("${${${each%%$'\t'*}//\\/\\\\}//:/\\:}:${each#*$'\t'}")
        elif [[ -n $each ]]; then
            plain+=("${${each//\\/\\\\}//:/\\:}")
        fi
    done
    (( $#described + $#plain )) || return 1
    if [[ $lines[1] == open ]]; then
        _describe -V floorctl described -S '' -- plain -S ''
    else
        _describe -V floorctl described -- plain
    fi
}

if [[ $funcstack[1] == _floorctl ]]; then
    _floorctl "$@"
else
    compdef _floorctl floorctl
fi
