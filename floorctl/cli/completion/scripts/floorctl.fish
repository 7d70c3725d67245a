# fish completion for floorctl
#
#   floorctl completion fish | source                                     # this shell
#   floorctl completion fish > ~/.config/fish/completions/floorctl.fish   # every shell

function __floorctl_complete
    set -l words (commandline --cut-at-cursor --current-process --tokenize)
    set -l word (commandline --cut-at-cursor --current-token)
    set -l program $words[1]
    set -e words[1]
    command -q -- $program; or set program floorctl
    set -lx _FLOORCTL_COMPLETE fish
    set -l answer (command $program $words "$word" 2> /dev/null < /dev/null)
    if string match -q 'files*' -- $answer[1]
        set -l kept (string match -r -- '^--[^=]*=' "$word")
        for path in (__fish_complete_path (string replace -- "$kept" '' "$word"))
            printf '%s%s\n' "$kept" $path
        end
        return
    end
    set -e answer[1]
    printf '%s\n' $answer
end

complete --command floorctl --no-files --keep-order --arguments '(__floorctl_complete)'
