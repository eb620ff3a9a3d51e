# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_ch_chat_global_optspecs
    string join \n server= ca= json text q/quiet v/verbose h/help V/version
end

function __fish_ch_chat_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_ch_chat_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_ch_chat_using_subcommand
    set -l cmd (__fish_ch_chat_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c ch-chat -n "__fish_ch_chat_needs_command" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-chat -n "__fish_ch_chat_needs_command" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-chat -n "__fish_ch_chat_needs_command" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-chat -n "__fish_ch_chat_needs_command" -l text -d 'Write text, also into a pipe'
complete -c ch-chat -n "__fish_ch_chat_needs_command" -s q -l quiet -d 'Say less'
complete -c ch-chat -n "__fish_ch_chat_needs_command" -s v -l verbose -d 'Say more'
complete -c ch-chat -n "__fish_ch_chat_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ch-chat -n "__fish_ch_chat_needs_command" -s V -l version -d 'Print version'
complete -c ch-chat -n "__fish_ch_chat_needs_command" -f -a "open" -d 'Press the chat button of a mail'
complete -c ch-chat -n "__fish_ch_chat_needs_command" -f -a "listen" -d 'Be there to be rung, until told to stop'
complete -c ch-chat -n "__fish_ch_chat_needs_command" -f -a "call" -d 'Call a login of your own server'
complete -c ch-chat -n "__fish_ch_chat_needs_command" -f -a "allow" -d 'Let a login ring you that shares no conversation with you'
complete -c ch-chat -n "__fish_ch_chat_needs_command" -f -a "block" -d 'Let a login, a mail address or the holder of a ticket ring no more, nor knock'
complete -c ch-chat -n "__fish_ch_chat_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand open" -l ring -d 'Ring for SECS seconds at a time [default: 120]' -r
complete -c ch-chat -n "__fish_ch_chat_using_subcommand open" -l give-up -d 'Give up after SECS seconds [default: 600; with --until-on, 30 days]' -r
complete -c ch-chat -n "__fish_ch_chat_using_subcommand open" -l leave -d 'Say TEXT before there is an answer, so that it is left if there is none; a stranger\'s call leaves none' -r
complete -c ch-chat -n "__fish_ch_chat_using_subcommand open" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-chat -n "__fish_ch_chat_using_subcommand open" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-chat -n "__fish_ch_chat_using_subcommand open" -l trust-server -d 'Connect to the mail\'s server without asking, if it is new to you'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand open" -l until-on -d 'When the other computer is off, wait until it is on'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand open" -s n -l dry-run -d 'Ring nobody: print what would be asked'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand open" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand open" -l text -d 'Write text, also into a pipe'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand open" -s q -l quiet -d 'Say less'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand open" -s v -l verbose -d 'Say more'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand open" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand listen" -l on-ring -d 'Run CMD (with sh -c) for each call that rings, until somebody answers; CH_FROM, CH_SUBJECT and CH_CALL tell it who and what' -r
complete -c ch-chat -n "__fish_ch_chat_using_subcommand listen" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-chat -n "__fish_ch_chat_using_subcommand listen" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-chat -n "__fish_ch_chat_using_subcommand listen" -l answer -d 'Answer calls without being asked'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand listen" -l busy -d 'Say that you are busy: nobody rings, a notice is left'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand listen" -l away -d 'Say that you are away: calls are listed, and do not ring'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand listen" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand listen" -l text -d 'Write text, also into a pipe'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand listen" -s q -l quiet -d 'Say less'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand listen" -s v -l verbose -d 'Say more'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand listen" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand call" -l ring -d 'Ring for SECS seconds at a time [default: 120]' -r
complete -c ch-chat -n "__fish_ch_chat_using_subcommand call" -l give-up -d 'Give up after SECS seconds [default: 600; with --until-on, 30 days]' -r
complete -c ch-chat -n "__fish_ch_chat_using_subcommand call" -l leave -d 'Say TEXT before there is an answer, so that it is left if there is none; a stranger\'s call leaves none' -r
complete -c ch-chat -n "__fish_ch_chat_using_subcommand call" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-chat -n "__fish_ch_chat_using_subcommand call" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-chat -n "__fish_ch_chat_using_subcommand call" -l until-on -d 'When the other computer is off, wait until it is on'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand call" -s n -l dry-run -d 'Ring nobody: print what would be asked'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand call" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand call" -l text -d 'Write text, also into a pipe'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand call" -s q -l quiet -d 'Say less'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand call" -s v -l verbose -d 'Say more'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand call" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand allow" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-chat -n "__fish_ch_chat_using_subcommand allow" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-chat -n "__fish_ch_chat_using_subcommand allow" -l remove -d 'Take it back'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand allow" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand allow" -l text -d 'Write text, also into a pipe'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand allow" -s q -l quiet -d 'Say less'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand allow" -s v -l verbose -d 'Say more'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand allow" -s h -l help -d 'Print help'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand block" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-chat -n "__fish_ch_chat_using_subcommand block" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-chat -n "__fish_ch_chat_using_subcommand block" -l remove -d 'Take it back'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand block" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand block" -l text -d 'Write text, also into a pipe'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand block" -s q -l quiet -d 'Say less'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand block" -s v -l verbose -d 'Say more'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand block" -s h -l help -d 'Print help'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand help; and not __fish_seen_subcommand_from open listen call allow block help" -f -a "open" -d 'Press the chat button of a mail'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand help; and not __fish_seen_subcommand_from open listen call allow block help" -f -a "listen" -d 'Be there to be rung, until told to stop'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand help; and not __fish_seen_subcommand_from open listen call allow block help" -f -a "call" -d 'Call a login of your own server'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand help; and not __fish_seen_subcommand_from open listen call allow block help" -f -a "allow" -d 'Let a login ring you that shares no conversation with you'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand help; and not __fish_seen_subcommand_from open listen call allow block help" -f -a "block" -d 'Let a login, a mail address or the holder of a ticket ring no more, nor knock'
complete -c ch-chat -n "__fish_ch_chat_using_subcommand help; and not __fish_seen_subcommand_from open listen call allow block help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
