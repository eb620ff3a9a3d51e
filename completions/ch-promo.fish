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
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and not __fish_seen_subcommand_from add set tag untag import list show export erase verify events" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and not __fish_seen_subcommand_from add set tag untag import list show export erase verify events" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and not __fish_seen_subcommand_from add set tag untag import list show export erase verify events" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and not __fish_seen_subcommand_from add set tag untag import list show export erase verify events" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and not __fish_seen_subcommand_from add set tag untag import list show export erase verify events" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and not __fish_seen_subcommand_from add set tag untag import list show export erase verify events" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and not __fish_seen_subcommand_from add set tag untag import list show export erase verify events" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and not __fish_seen_subcommand_from add set tag untag import list show export erase verify events" -f -a "add" -d 'Add a member'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and not __fish_seen_subcommand_from add set tag untag import list show export erase verify events" -f -a "set" -d 'Change what is given of a member; an empty value takes it away'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and not __fish_seen_subcommand_from add set tag untag import list show export erase verify events" -f -a "tag" -d 'Tag members'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and not __fish_seen_subcommand_from add set tag untag import list show export erase verify events" -f -a "untag" -d 'Take tags away'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and not __fish_seen_subcommand_from add set tag untag import list show export erase verify events" -f -a "import" -d 'Add and change members from a list: CSV (mail,name,tags,locale,time_zone,consent) or NDJSON'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and not __fish_seen_subcommand_from add set tag untag import list show export erase verify events" -f -a "list" -d 'List members'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and not __fish_seen_subcommand_from add set tag untag import list show export erase verify events" -f -a "show" -d 'Show a member'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and not __fish_seen_subcommand_from add set tag untag import list show export erase verify events" -f -a "export" -d 'Print everything that is held about a member, as JSON'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and not __fish_seen_subcommand_from add set tag untag import list show export erase verify events" -f -a "erase" -d 'Forget a member, but for the proof that it was done'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and not __fish_seen_subcommand_from add set tag untag import list show export erase verify events" -f -a "verify" -d 'Check that the ledger of consent is as it was written'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and not __fish_seen_subcommand_from add set tag untag import list show export erase verify events" -f -a "events" -d 'Add what members did from a list: NDJSON of {"mail","kind":"ordered" or "asked","at","about"}'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from add" -l name -d 'Their name' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from add" -l tag -d 'A tag; can be said again' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from add" -l locale -d 'Language and region, like ko-KR' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from add" -l time-zone -d 'Time zone, like Asia/Seoul' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from add" -l consent -d 'A purpose they said yes to (promotion); can be said again' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from add" -l consent-proof -d 'How they said so: \'paper form, March\'' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from add" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from add" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from add" -l anew -d 'Also when they were erased, or said no, before'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from add" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from add" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from set" -l name -d 'Their name' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from set" -l tag -d 'A tag; can be said again' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from set" -l locale -d 'Language and region, like ko-KR' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from set" -l time-zone -d 'Time zone, like Asia/Seoul' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from set" -l consent -d 'A purpose they said yes to (promotion); can be said again' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from set" -l consent-proof -d 'How they said so: \'paper form, March\'' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from set" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from set" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from set" -l anew -d 'Also when they were erased, or said no, before'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from set" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from set" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from tag" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from tag" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from tag" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from tag" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from tag" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from tag" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from tag" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from untag" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from untag" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from untag" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from untag" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from untag" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from untag" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from untag" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from import" -l consent-proof -d 'How the members of the list agreed; needed when it has a consent column' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from import" -l encoding -d 'How the list is written: utf-8 or cp949 [default: found out]' -r -f -a "utf-8\t''
cp949\t''"
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from import" -l delimiter -d 'What is between columns: comma, semicolon or tab [default: found out]' -r -f -a "comma\t''
semicolon\t''
tab\t''"
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from import" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from import" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from import" -s n -l dry-run -d 'Check each row and say what would be; change nothing'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from import" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from import" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from import" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from list" -l to -d 'Only these: tag:running and city:Seoul and not pressed:spring' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from list" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from list" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from list" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from list" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from show" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from show" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from show" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from show" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from export" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from export" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from export" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from export" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from export" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from export" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from erase" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from erase" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from erase" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from erase" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from erase" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from erase" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from erase" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from verify" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from verify" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from verify" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from verify" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from verify" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from verify" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from events" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from events" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from events" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from events" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from events" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from events" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand member; and __fish_seen_subcommand_from events" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and not __fish_seen_subcommand_from give withdraw" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and not __fish_seen_subcommand_from give withdraw" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and not __fish_seen_subcommand_from give withdraw" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and not __fish_seen_subcommand_from give withdraw" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and not __fish_seen_subcommand_from give withdraw" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and not __fish_seen_subcommand_from give withdraw" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and not __fish_seen_subcommand_from give withdraw" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and not __fish_seen_subcommand_from give withdraw" -f -a "give" -d 'A member said yes'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and not __fish_seen_subcommand_from give withdraw" -f -a "withdraw" -d 'A member said no'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and __fish_seen_subcommand_from give" -l purpose -d 'To what' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and __fish_seen_subcommand_from give" -l proof -d 'How they said so' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and __fish_seen_subcommand_from give" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and __fish_seen_subcommand_from give" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and __fish_seen_subcommand_from give" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and __fish_seen_subcommand_from give" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and __fish_seen_subcommand_from give" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and __fish_seen_subcommand_from give" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and __fish_seen_subcommand_from give" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and __fish_seen_subcommand_from withdraw" -l purpose -d 'To what' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and __fish_seen_subcommand_from withdraw" -l proof -d 'How they said so' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and __fish_seen_subcommand_from withdraw" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and __fish_seen_subcommand_from withdraw" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and __fish_seen_subcommand_from withdraw" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and __fish_seen_subcommand_from withdraw" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and __fish_seen_subcommand_from withdraw" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and __fish_seen_subcommand_from withdraw" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand consent; and __fish_seen_subcommand_from withdraw" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand suppress" -l reason -d 'Why' -r
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
complete -c ch-promo -n "__fish_ch_promo_using_subcommand due" -l notify -d 'Who is to be told, within SPAN, what came of their yes or no (Korea: 14d)' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand due" -l reconfirm -d 'Whose yes is older than SPAN and is to be recalled to them (Korea: 2y)' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand due" -l from -d 'From [default: from in config.toml, else the login\'s address]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand due" -l via -d 'Where mail goes [default: as ch-send has it]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand due" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand due" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand due" -l send -d 'Mail it to them'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand due" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand due" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand due" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand due" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand due" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and not __fish_seen_subcommand_from add list show publish retire" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and not __fish_seen_subcommand_from add list show publish retire" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and not __fish_seen_subcommand_from add list show publish retire" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and not __fish_seen_subcommand_from add list show publish retire" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and not __fish_seen_subcommand_from add list show publish retire" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and not __fish_seen_subcommand_from add list show publish retire" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and not __fish_seen_subcommand_from add list show publish retire" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and not __fish_seen_subcommand_from add list show publish retire" -f -a "add" -d 'Add an ad, or say it anew'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and not __fish_seen_subcommand_from add list show publish retire" -f -a "list" -d 'List ads'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and not __fish_seen_subcommand_from add list show publish retire" -f -a "show" -d 'Show an ad'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and not __fish_seen_subcommand_from add list show publish retire" -f -a "publish" -d 'Let a company\'s ad be mailed'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and not __fish_seen_subcommand_from add list show publish retire" -f -a "retire" -d 'Mail it no more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from add" -l title -d 'Title: the subject of its mails' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from add" -l text -d 'File with the text, or - for standard input [default: made from the HTML]' -r -F
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from add" -l html -d 'File with the HTML [default: made from the text]' -r -F
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from add" -l picture -d 'File with a picture: PNG, JPEG or GIF' -r -F
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from add" -l price -d 'Price: 89000, or 89.00' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from add" -l currency -d 'Its currency: KRW, EUR, USD, …' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from add" -l link -d 'Where to read more' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from add" -l company -d 'The company\'s name' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from add" -l from -d 'Not mailed before (RFC 3339)' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from add" -l until -d 'Not mailed after (RFC 3339)' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from add" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from add" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from add" -l draft -d 'Not to be mailed yet'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from add" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from list" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from list" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from list" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from list" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from show" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from show" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from show" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from show" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from publish" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from publish" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from publish" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from publish" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from publish" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from publish" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from publish" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from retire" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from retire" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from retire" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from retire" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from retire" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from retire" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand ad; and __fish_seen_subcommand_from retire" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand plan" -l ad -d 'The ad' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand plan" -l to -d 'Who gets it: tag:running and city:Seoul and not pressed:spring' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand plan" -l limit -d 'At most so many' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand plan" -l at -d 'Not before (RFC 3339)' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand plan" -l subject -d 'Subject [default: the ad\'s title]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand plan" -l from -d 'From [default: from in config.toml, else the login\'s address]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand plan" -l rate -d 'Mails a minute, over all senders' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand plan" -l domain-rate -d 'Mails a minute to one recipient domain' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand plan" -l domain-at-once -d 'Mails under way to one recipient domain at a time' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand plan" -l quiet-hours -d 'No mail between these times of a member\'s day: 21:00-08:00' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand plan" -l time-zone -d 'Time zone of members without one' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand plan" -l every -d 'Not to those who got promotion within SPAN: 7d' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand plan" -l retry -d 'Before a mail that was put off is tried again; doubles each time [default: 15m]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand plan" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand plan" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand plan" -s n -l dry-run -d 'Say who would get it, and fix nothing'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand plan" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand plan" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand plan" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand plan" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand plan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand lint" -l profile -d 'What to check against: gmail, kr, us; several with commas' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand lint" -l via -d 'Where mail goes [default: as ch-send has it]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand lint" -l connections -d 'How many connections are kept busy, 1 to 500' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand lint" -l dkim-domain -d 'Sign for this domain (DKIM)' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand lint" -l dkim-selector -d 'With the key at this selector; once for each --dkim-key' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand lint" -l dkim-key -d 'A file with a private key in PEM, mode 0600; can be said again' -r -F
complete -c ch-promo -n "__fish_ch_promo_using_subcommand lint" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand lint" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand lint" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand lint" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand lint" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand lint" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand lint" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand show" -l member -d 'Whose mail, by address [default: the first of the campaign]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand show" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand show" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand show" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand show" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand show" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand show" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand show" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand test" -l to -d 'Where to' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand test" -l via -d 'Where mail goes [default: as ch-send has it]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand test" -l connections -d 'How many connections are kept busy, 1 to 500' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand test" -l dkim-domain -d 'Sign for this domain (DKIM)' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand test" -l dkim-selector -d 'With the key at this selector; once for each --dkim-key' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand test" -l dkim-key -d 'A file with a private key in PEM, mode 0600; can be said again' -r -F
complete -c ch-promo -n "__fish_ch_promo_using_subcommand test" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand test" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand test" -s n -l dry-run -d 'Print the mail instead of sending it'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand test" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand test" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand test" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand test" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand test" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand run" -l unknown -d 'What to do with mails of which nobody can say whether they arrived: resend' -r -f -a "resend\t''"
complete -c ch-promo -n "__fish_ch_promo_using_subcommand run" -l lint -d 'Only when `ch-promo lint` finds nothing for these profiles: gmail,kr,us' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand run" -l via -d 'Where mail goes [default: as ch-send has it]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand run" -l connections -d 'How many connections are kept busy, 1 to 500' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand run" -l dkim-domain -d 'Sign for this domain (DKIM)' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand run" -l dkim-selector -d 'With the key at this selector; once for each --dkim-key' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand run" -l dkim-key -d 'A file with a private key in PEM, mode 0600; can be said again' -r -F
complete -c ch-promo -n "__fish_ch_promo_using_subcommand run" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand run" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand run" -l due -d 'Every campaign whose time (`plan --at`) has come, or that was started and has mails that may go: for cron'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand run" -l wait -d 'Stay until every mail is settled'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand run" -s n -l dry-run -d 'Say how many would go now and by which way; connect to no mail server'
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
complete -c ch-promo -n "__fish_ch_promo_using_subcommand status" -l unknown -d 'List the mails of which nobody can say whether they arrived'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand status" -l watch -d 'Go on showing it until it is finished'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand status" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand status" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand status" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand status" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand status" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand report" -l ad -d 'All campaigns of an ad, as one' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand report" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand report" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand report" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand report" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand report" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand report" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand report" -s h -l help -d 'Print help'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand unsubscribe" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand unsubscribe" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-promo -n "__fish_ch_promo_using_subcommand unsubscribe" -s n -l dry-run -d 'Say who would be, and do nothing'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand unsubscribe" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand unsubscribe" -l text -d 'Write text, also into a pipe'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand unsubscribe" -s q -l quiet -d 'Say less'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand unsubscribe" -s v -l verbose -d 'Say more'
complete -c ch-promo -n "__fish_ch_promo_using_subcommand unsubscribe" -s h -l help -d 'Print help'
