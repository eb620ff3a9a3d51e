# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_ch_serve_global_optspecs
    string join \n data= keys= listen= url= via= from= ports= tls-cert= tls-key= insecure trusted-proxy= times= register-rate= keep= json text q/quiet v/verbose h/help V/version
end

function __fish_ch_serve_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_ch_serve_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_ch_serve_using_subcommand
    set -l cmd (__fish_ch_serve_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c ch-serve -n "__fish_ch_serve_needs_command" -l data -d 'The directory of the databases and their keys [default: $XDG_STATE_HOME/ch]' -r -F
complete -c ch-serve -n "__fish_ch_serve_needs_command" -l keys -d 'The directory of the keys [default: DATA/keys, or $CREDENTIALS_DIRECTORY when systemd put them there]' -r -F
complete -c ch-serve -n "__fish_ch_serve_needs_command" -l listen -d 'Where to listen; port 0 takes any that is free' -r
complete -c ch-serve -n "__fish_ch_serve_needs_command" -l url -d 'Where people reach this server: what its mails and links name [default: the address it listens on]' -r
complete -c ch-serve -n "__fish_ch_serve_needs_command" -l via -d 'How the server\'s own mails leave: smtp://[USER@]HOST[:PORT], smtps://…, sendmail:PATH, maildir:DIR, stdout:' -r
complete -c ch-serve -n "__fish_ch_serve_needs_command" -l from -d 'Who the server\'s own mails come from [default: chat@ and the host of --url]' -r
complete -c ch-serve -n "__fish_ch_serve_needs_command" -l ports -d 'The pool of ports to assign' -r
complete -c ch-serve -n "__fish_ch_serve_needs_command" -l tls-cert -d 'Speak TLS: the PEM file of the certificate and those that signed it; SIGHUP reads it again' -r -F
complete -c ch-serve -n "__fish_ch_serve_needs_command" -l tls-key -d 'The PEM file of its private key' -r -F
complete -c ch-serve -n "__fish_ch_serve_needs_command" -l trusted-proxy -d 'Believe this proxy, or these, about where a request comes from (X-Forwarded-For, Forwarded)' -r
complete -c ch-serve -n "__fish_ch_serve_needs_command" -l times -d 'Shorten or lengthen what decides about a call or a sender: NAME=SPAN with commas between; the names are refresh-lasts (10m), agent-gone (60s), caller-keeps (60s), notice-waits (60s), absence (10m), after-decline (10m), unanswered-span (1d), claim-lasts (60s)' -r
complete -c ch-serve -n "__fish_ch_serve_needs_command" -l register-rate -d 'Registrations an hour from one address' -r
complete -c ch-serve -n "__fish_ch_serve_needs_command" -l keep -d 'How long a conversation is kept after its last line' -r
complete -c ch-serve -n "__fish_ch_serve_needs_command" -l insecure -d 'Speak plain HTTP also on an address that other machines reach'
complete -c ch-serve -n "__fish_ch_serve_needs_command" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-serve -n "__fish_ch_serve_needs_command" -l text -d 'Write text, also into a pipe'
complete -c ch-serve -n "__fish_ch_serve_needs_command" -s q -l quiet -d 'Say less'
complete -c ch-serve -n "__fish_ch_serve_needs_command" -s v -l verbose -d 'Say more'
complete -c ch-serve -n "__fish_ch_serve_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ch-serve -n "__fish_ch_serve_needs_command" -s V -l version -d 'Print version'
complete -c ch-serve -n "__fish_ch_serve_needs_command" -f -a "backup" -d 'Copy the database to FILE, beside a running server; the keys stay apart and need a copy of their own'
complete -c ch-serve -n "__fish_ch_serve_needs_command" -f -a "grant" -d 'Give LOGIN a role, beside a running server; it counts at once'
complete -c ch-serve -n "__fish_ch_serve_needs_command" -f -a "restore" -d 'Put a copy back, into a data directory without a database'
complete -c ch-serve -n "__fish_ch_serve_using_subcommand backup" -l data -d 'The directory of the databases and their keys [default: $XDG_STATE_HOME/ch]' -r -F
complete -c ch-serve -n "__fish_ch_serve_using_subcommand backup" -l keys -d 'The directory of the keys [default: DATA/keys, or $CREDENTIALS_DIRECTORY when systemd put them there]' -r -F
complete -c ch-serve -n "__fish_ch_serve_using_subcommand backup" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-serve -n "__fish_ch_serve_using_subcommand backup" -l text -d 'Write text, also into a pipe'
complete -c ch-serve -n "__fish_ch_serve_using_subcommand backup" -s q -l quiet -d 'Say less'
complete -c ch-serve -n "__fish_ch_serve_using_subcommand backup" -s v -l verbose -d 'Say more'
complete -c ch-serve -n "__fish_ch_serve_using_subcommand backup" -s h -l help -d 'Print help'
complete -c ch-serve -n "__fish_ch_serve_using_subcommand grant" -l for -d 'The login for whose port its agents are rung' -r
complete -c ch-serve -n "__fish_ch_serve_using_subcommand grant" -l data -d 'The directory of the databases and their keys [default: $XDG_STATE_HOME/ch]' -r -F
complete -c ch-serve -n "__fish_ch_serve_using_subcommand grant" -l keys -d 'The directory of the keys [default: DATA/keys, or $CREDENTIALS_DIRECTORY when systemd put them there]' -r -F
complete -c ch-serve -n "__fish_ch_serve_using_subcommand grant" -l revoke -d 'Take it away'
complete -c ch-serve -n "__fish_ch_serve_using_subcommand grant" -l list -d 'Say who has which role'
complete -c ch-serve -n "__fish_ch_serve_using_subcommand grant" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-serve -n "__fish_ch_serve_using_subcommand grant" -l text -d 'Write text, also into a pipe'
complete -c ch-serve -n "__fish_ch_serve_using_subcommand grant" -s q -l quiet -d 'Say less'
complete -c ch-serve -n "__fish_ch_serve_using_subcommand grant" -s v -l verbose -d 'Say more'
complete -c ch-serve -n "__fish_ch_serve_using_subcommand grant" -s h -l help -d 'Print help'
complete -c ch-serve -n "__fish_ch_serve_using_subcommand restore" -l data -d 'The directory of the databases and their keys [default: $XDG_STATE_HOME/ch]' -r -F
complete -c ch-serve -n "__fish_ch_serve_using_subcommand restore" -l keys -d 'The directory of the keys [default: DATA/keys, or $CREDENTIALS_DIRECTORY when systemd put them there]' -r -F
complete -c ch-serve -n "__fish_ch_serve_using_subcommand restore" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-serve -n "__fish_ch_serve_using_subcommand restore" -l text -d 'Write text, also into a pipe'
complete -c ch-serve -n "__fish_ch_serve_using_subcommand restore" -s q -l quiet -d 'Say less'
complete -c ch-serve -n "__fish_ch_serve_using_subcommand restore" -s v -l verbose -d 'Say more'
complete -c ch-serve -n "__fish_ch_serve_using_subcommand restore" -s h -l help -d 'Print help'
