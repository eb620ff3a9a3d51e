# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_ch_send_global_optspecs
    string join \n t i f= F= o= B= N= R= L= m b= to= cc= bcc= from= subject= attach= html= reply= no-link link button= lang= host= via= no-queue flush unknown= queued batch connections= dkim-domain= dkim-selector= dkim-key= n/dry-run server= ca= json text q/quiet v/verbose h/help V/version
end

function __fish_ch_send_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_ch_send_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_ch_send_using_subcommand
    set -l cmd (__fish_ch_send_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c ch-send -n "__fish_ch_send_needs_command" -s f -d 'Report failures to this address; \'<>\': to nobody [default: the sender]' -r
complete -c ch-send -n "__fish_ch_send_needs_command" -s F -d 'The name in From, where ch-send writes that field' -r
complete -c ch-send -n "__fish_ch_send_needs_command" -s o -d 'Options (`-oi`, `-oem`)' -r
complete -c ch-send -n "__fish_ch_send_needs_command" -s B -d 'The body\'s type' -r
complete -c ch-send -n "__fish_ch_send_needs_command" -s N -d 'Which delivery status notices' -r
complete -c ch-send -n "__fish_ch_send_needs_command" -s R -d 'What they return' -r
complete -c ch-send -n "__fish_ch_send_needs_command" -s L -d 'A name for the log' -r
complete -c ch-send -n "__fish_ch_send_needs_command" -s b -d 'What to be: only what reads a message' -r -f -a "m\t''"
complete -c ch-send -n "__fish_ch_send_needs_command" -l to -d 'Who gets it: ADDRESS or NAME <ADDRESS>, several with commas or by saying --to again' -r
complete -c ch-send -n "__fish_ch_send_needs_command" -l cc -d 'Who gets a copy' -r
complete -c ch-send -n "__fish_ch_send_needs_command" -l bcc -d 'Who gets a copy that the others do not know of' -r
complete -c ch-send -n "__fish_ch_send_needs_command" -l from -d 'Who it is from [default: your login\'s address]' -r
complete -c ch-send -n "__fish_ch_send_needs_command" -l subject -d 'What it is about' -r
complete -c ch-send -n "__fish_ch_send_needs_command" -l attach -d 'A file that goes with it; can be said again' -r -F
complete -c ch-send -n "__fish_ch_send_needs_command" -l html -d 'The same text in HTML (-: on standard input, instead of the text)' -r
complete -c ch-send -n "__fish_ch_send_needs_command" -l reply -d 'Answer the mail in this file: to its sender, in its thread, with a button into its conversation' -r
complete -c ch-send -n "__fish_ch_send_needs_command" -l button -d 'What to do when there is no button to be had [default: require; auto for a finished message]' -r -f -a "auto\t'Send it without one, and say so'
require\t'Do not send it'
never\t'Never ask for one'"
complete -c ch-send -n "__fish_ch_send_needs_command" -l lang -d 'The language of the line with the link: en or ko [default: that of your locale]' -r
complete -c ch-send -n "__fish_ch_send_needs_command" -l host -d 'What the mail says your host is [default: the CH server\'s name]' -r
complete -c ch-send -n "__fish_ch_send_needs_command" -l via -d 'Where it goes: smtp://[USER@]HOST[:PORT], smtps://…, sendmail:PATH, maildir:DIR or stdout:' -r
complete -c ch-send -n "__fish_ch_send_needs_command" -l unknown -d 'With --flush: what to do with mails of which nobody knows whether they were taken' -r -f -a "resend\t'Send them again; some may arrive twice'"
complete -c ch-send -n "__fish_ch_send_needs_command" -l connections -d 'With --batch: how many connections to the mail server are kept busy, 1 to 500' -r
complete -c ch-send -n "__fish_ch_send_needs_command" -l dkim-domain -d 'Sign for this domain (DKIM)' -r
complete -c ch-send -n "__fish_ch_send_needs_command" -l dkim-selector -d 'With the key at this selector; once for each --dkim-key' -r
complete -c ch-send -n "__fish_ch_send_needs_command" -l dkim-key -d 'A file with a private key in PEM, mode 0600; can be said again' -r -F
complete -c ch-send -n "__fish_ch_send_needs_command" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-send -n "__fish_ch_send_needs_command" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-send -n "__fish_ch_send_needs_command" -s t -d 'Read a finished message, and take its recipients from To, Cc and Bcc'
complete -c ch-send -n "__fish_ch_send_needs_command" -s i -d 'Taken from programs that call sendmail: a line with a single dot does not end the message'
complete -c ch-send -n "__fish_ch_send_needs_command" -s m -d 'To oneself too, if an alias says so'
complete -c ch-send -n "__fish_ch_send_needs_command" -l no-link -d 'Header fields only, no link in the text'
complete -c ch-send -n "__fish_ch_send_needs_command" -l link -d 'The link in the text of a finished message too, where it can take it: never in a signed or encrypted one'
complete -c ch-send -n "__fish_ch_send_needs_command" -l no-queue -d 'When there is no connection or the server says not now: do not keep the mail, end with 75'
complete -c ch-send -n "__fish_ch_send_needs_command" -l flush -d 'Send the mails that were kept; for cron'
complete -c ch-send -n "__fish_ch_send_needs_command" -l queued -d 'List the mails that were kept: those that wait, and those that were given up'
complete -c ch-send -n "__fish_ch_send_needs_command" -l batch -d 'Send a stream of mails: job records on standard input, a sent record for each recipient on standard output'
complete -c ch-send -n "__fish_ch_send_needs_command" -s n -l dry-run -d 'Do all but send: print the finished message (the first recipient\'s)'
complete -c ch-send -n "__fish_ch_send_needs_command" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-send -n "__fish_ch_send_needs_command" -l text -d 'Write text, also into a pipe'
complete -c ch-send -n "__fish_ch_send_needs_command" -s q -l quiet -d 'Say less'
complete -c ch-send -n "__fish_ch_send_needs_command" -s v -l verbose -d 'Say more'
complete -c ch-send -n "__fish_ch_send_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ch-send -n "__fish_ch_send_needs_command" -s V -l version -d 'Print version'
complete -c ch-send -n "__fish_ch_send_needs_command" -a "dkim-key" -d 'Make a key that signs mail (DKIM), and print the record for the DNS'
complete -c ch-send -n "__fish_ch_send_using_subcommand dkim-key" -l domain -d 'The domain of your mail addresses' -r
complete -c ch-send -n "__fish_ch_send_using_subcommand dkim-key" -l selector -d 'A name for the key, unlike that of any other key of the domain' -r
complete -c ch-send -n "__fish_ch_send_using_subcommand dkim-key" -l out -d 'Where to write the key [default: SELECTOR.DOMAIN.pem in $CH_HOME]' -r -F
complete -c ch-send -n "__fish_ch_send_using_subcommand dkim-key" -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-send -n "__fish_ch_send_using_subcommand dkim-key" -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-send -n "__fish_ch_send_using_subcommand dkim-key" -l rsa -d 'RSA of 2048 bits, which every mail server verifies (the default)'
complete -c ch-send -n "__fish_ch_send_using_subcommand dkim-key" -l ed25519 -d 'Ed25519, which is small and fast; sign with an RSA key too, because not every mail server knows it'
complete -c ch-send -n "__fish_ch_send_using_subcommand dkim-key" -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-send -n "__fish_ch_send_using_subcommand dkim-key" -l text -d 'Write text, also into a pipe'
complete -c ch-send -n "__fish_ch_send_using_subcommand dkim-key" -s q -l quiet -d 'Say less'
complete -c ch-send -n "__fish_ch_send_using_subcommand dkim-key" -s v -l verbose -d 'Say more'
complete -c ch-send -n "__fish_ch_send_using_subcommand dkim-key" -s h -l help -d 'Print help (see more with \'--help\')'
