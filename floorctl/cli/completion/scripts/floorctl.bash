# bash completion for floorctl
#
#   source <(floorctl completion bash)                                    # this shell
#   floorctl completion bash > ~/.local/share/bash-completion/completions/floorctl
#                                     # every shell, where the package bash-completion is

_floorctl() {
    local program=$1 answer line
    COMPREPLY=()
    type -P -- "$program" > /dev/null || program=floorctl
    answer=$(_FLOORCTL_COMPLETE=bash command -- "$program" "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" \
        2> /dev/null < /dev/null) || return 0
    case $answer in
        files*) compopt -o default 2> /dev/null; return 0 ;;
        open*) compopt -o nospace 2> /dev/null ;;
    esac
    while IFS= read -r line; do
        COMPREPLY+=("$line")
    done < <(tail -n +2 <<< "$answer")
    return 0
}

complete -o nosort -F _floorctl floorctl 2> /dev/null || complete -F _floorctl floorctl
