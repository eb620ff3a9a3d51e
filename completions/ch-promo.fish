# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_ch_promo_global_optspecs
    string join \n server= ca= json text q/quiet v/verbose h/help V/version
end

function __fish_ch_promo_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_ch_promo_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_ch_promo_using_subcommand
    set -l cmd (__fish_ch_promo_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c ch-promo -n "__fish_ch_promo_needs_command" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_needs_command" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_needs_command" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_needs_command" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_needs_command" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_needs_command" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ch-promo -n "__fish_ch_promo_needs_command" -s V -l version -d 'Print version'
complete -c ch-promo -n "__fish_ch_promo_needs_command" -f -a "member" -d 'Who the shop knows'
complete -c ch-promo -n "__fish_ch_promo_needs_command" -f -a "consent" -d 'What members agreed to'
complete -c ch-promo -n "__fish_ch_promo_needs_command" -f -a "suppress" -d 'Mail no promotion to an address, whoever it belongs to'
complete -c ch-promo -n "__fish_ch_promo_needs_command" -f -a "unsuppress" -d 'Take `suppress` back'
complete -c ch-promo -n "__fish_ch_promo_needs_command" -f -a "due" -d 'List, and send, what the law wants members to be told'
complete -c ch-promo -n "__fish_ch_promo_needs_command" -f -a "ad" -d 'What is promoted'
complete -c ch-promo -n "__fish_ch_promo_needs_command" -f -a "plan" -d 'Fix who gets an ad, and say why others do not'
complete -c ch-promo -n "__fish_ch_promo_needs_command" -f -a "lint" -d 'Check a campaign\'s mail against what mail providers and laws ask for'
complete -c ch-promo -n "__fish_ch_promo_needs_command" -f -a "show" -d 'Print a campaign\'s mail exactly as it goes'
complete -c ch-promo -n "__fish_ch_promo_needs_command" -f -a "test" -d 'Send a campaign\'s mail to one address, for a look'
complete -c ch-promo -n "__fish_ch_promo_needs_command" -f -a "run" -d 'Mail a campaign to its audience'
complete -c ch-promo -n "__fish_ch_promo_needs_command" -f -a "claim" -d 'Hand out jobs for ch-send --batch'
complete -c ch-promo -n "__fish_ch_promo_needs_command" -f -a "record" -d 'Take in the receipts of ch-send --batch'
complete -c ch-promo -n "__fish_ch_promo_needs_command" -f -a "pause" -d 'Mail nobody further until `resume`'
complete -c ch-promo -n "__fish_ch_promo_needs_command" -f -a "resume" -d 'Go on'
complete -c ch-promo -n "__fish_ch_promo_needs_command" -f -a "cancel" -d 'Mail nobody further, ever'
complete -c ch-promo -n "__fish_ch_promo_needs_command" -f -a "status" -d 'Say where a campaign is'
complete -c ch-promo -n "__fish_ch_promo_needs_command" -f -a "report" -d 'Say what came of a campaign: buttons pressed, chats, lines'
complete -c ch-promo -n "__fish_ch_promo_needs_command" -f -a "unsubscribe" -d 'Do what members asked for by mail: reads `mail` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and not __fish_seen_subcommand_from list" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and not __fish_seen_subcommand_from list" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and not __fish_seen_subcommand_from list" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and not __fish_seen_subcommand_from list" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and not __fish_seen_subcommand_from list" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and not __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and not __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and not __fish_seen_subcommand_from list" -f -a "list" -d 'List members'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from list" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from list" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from list" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from list" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and not __fish_seen_subcommand_from give" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and not __fish_seen_subcommand_from give" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and not __fish_seen_subcommand_from give" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and not __fish_seen_subcommand_from give" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and not __fish_seen_subcommand_from give" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and not __fish_seen_subcommand_from give" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and not __fish_seen_subcommand_from give" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and not __fish_seen_subcommand_from give" -f -a "give" -d 'A member said yes'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and __fish_seen_subcommand_from give" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and __fish_seen_subcommand_from give" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and __fish_seen_subcommand_from give" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and __fish_seen_subcommand_from give" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and __fish_seen_subcommand_from give" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and __fish_seen_subcommand_from give" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and __fish_seen_subcommand_from give" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand suppress" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand suppress" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand suppress" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand suppress" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand suppress" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand suppress" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand suppress" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand unsuppress" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand unsuppress" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand unsuppress" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand unsuppress" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand unsuppress" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand unsuppress" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand unsuppress" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand due" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand due" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand due" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand due" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand due" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand due" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand due" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and not __fish_seen_subcommand_from list" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and not __fish_seen_subcommand_from list" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and not __fish_seen_subcommand_from list" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and not __fish_seen_subcommand_from list" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and not __fish_seen_subcommand_from list" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and not __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and not __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and not __fish_seen_subcommand_from list" -f -a "list" -d 'List ads'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from list" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from list" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from list" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from list" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand plan" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand plan" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand plan" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand plan" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand plan" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand plan" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand plan" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand lint" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand lint" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand lint" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand lint" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand lint" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand lint" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand lint" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand show" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand show" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand show" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand show" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand show" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand show" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand show" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand test" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand test" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand test" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand test" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand test" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand test" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand test" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand run" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand run" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand run" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand run" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand run" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand run" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand run" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand claim" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand claim" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand claim" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand claim" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand claim" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand claim" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand claim" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand record" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand record" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand record" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand record" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand record" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand record" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand record" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand pause" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand pause" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand pause" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand pause" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand pause" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand pause" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand pause" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand resume" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand resume" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand resume" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand resume" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand resume" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand resume" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand resume" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand cancel" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand cancel" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand cancel" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand cancel" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand cancel" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand cancel" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand cancel" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand status" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand status" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand status" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand status" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand status" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand status" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand status" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand report" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand report" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand report" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand report" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand report" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand report" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand report" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand unsubscribe" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand unsubscribe" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand unsubscribe" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand unsubscribe" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand unsubscribe" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand unsubscribe" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand unsubscribe" -s h -l help -d 'Print help'
