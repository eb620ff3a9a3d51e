complete -c ch-fetch -l into -d 'Deliver into this Maildir, made if there is nothing; prints nothing but with --json or -v' -r -F
complete -c ch-fetch -l state -d 'As a stream: remember here what was written, and write only what is new' -r -F
complete -c ch-fetch -l limit -d 'No more mails than this, the oldest first' -r
complete -c ch-fetch -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-fetch -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-fetch -l delete -d 'Delete at the server what is safe in the Maildir, also what an earlier run has put there'
complete -c ch-fetch -l only-chat -d 'Only mails with a chat button'
complete -c ch-fetch -l full -d 'As a stream: read the bodies too, for text and attachments'
complete -c ch-fetch -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-fetch -l text -d 'Write text, also into a pipe'
complete -c ch-fetch -s q -l quiet -d 'Say less'
complete -c ch-fetch -s v -l verbose -d 'Say more'
complete -c ch-fetch -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ch-fetch -s V -l version -d 'Print version'
