# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_ch_port_global_optspecs
    string join \n new release= server= ca= json text q/quiet v/verbose h/help V/version
end

function __fish_ch_port_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_ch_port_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_ch_port_using_subcommand
    set -l cmd (__fish_ch_port_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c ch-port -n "__fish_ch_port_needs_command" -l release -d 'Give PORT back: the buttons of all mails that name it stop working' -r
complete -c ch-port -n "__fish_ch_port_needs_command" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-port -n "__fish_ch_port_needs_command" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-port -n "__fish_ch_port_needs_command" -l new -d 'Make another port current; the old one stays valid'
complete -c ch-port -n "__fish_ch_port_needs_command" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-port -n "__fish_ch_port_needs_command" -l text -d 'Write text, also into a pipe'
complete -c ch-port -n "__fish_ch_port_needs_command" -s q -l quiet -d 'Say less'
complete -c ch-port -n "__fish_ch_port_needs_command" -s v -l verbose -d 'Say more'
complete -c ch-port -n "__fish_ch_port_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ch-port -n "__fish_ch_port_needs_command" -s V -l version -d 'Print version'
complete -c ch-port -n "__fish_ch_port_needs_command" -f -a "resolve" -d 'Tell where an own port leads: login, latest host, presence'
complete -c ch-port -n "__fish_ch_port_using_subcommand resolve" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-port -n "__fish_ch_port_using_subcommand resolve" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-port -n "__fish_ch_port_using_subcommand resolve" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-port -n "__fish_ch_port_using_subcommand resolve" -l text -d 'Write text, also into a pipe'
complete -c ch-port -n "__fish_ch_port_using_subcommand resolve" -s q -l quiet -d 'Say less'
complete -c ch-port -n "__fish_ch_port_using_subcommand resolve" -s v -l verbose -d 'Say more'
complete -c ch-port -n "__fish_ch_port_using_subcommand resolve" -s h -l help -d 'Print help'
