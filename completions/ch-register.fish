complete -c ch-register -l mail -d 'Register LOGIN with this mail address' -r
complete -c ch-register -l code-file -d 'Make this machine another one of LOGIN, with a code from --invite or --recover (- reads it from stdin)' -r
complete -c ch-register -l device -d 'What to call this machine [default: its host name]' -r
complete -c ch-register -l host -d 'This machine\'s host name, for your mails and direct chats [default: the address the server sees]' -r
complete -c ch-register -l on-ring -d 'Start CMD (with sh -c) for each call that waits; CH_FROM, CH_SUBJECT and CH_CALL tell it who and what' -r
complete -c ch-register -l jitter -d 'Wait a random time of at most SECS seconds first' -r
complete -c ch-register -l revoke -d 'Shut a machine out' -r
complete -c ch-register -l confirm -d 'Confirm the mail address: with the mail that asks for it (a file or -), its link, or the ticket in it' -r
complete -c ch-register -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-register -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-register -l recover -d 'Have a code mailed to LOGIN\'s confirmed address'
complete -c ch-register -l off -d 'Say goodbye: you are off now'
complete -c ch-register -l invite -d 'Print a code that lets another machine in, once, for ten minutes'
complete -c ch-register -l devices -d 'Print the login\'s machines'
complete -c ch-register -l delete -d 'Delete the login, with its ports, its mails\' buttons and its side of conversations'
complete -c ch-register -l yes -d 'Don\'t ask before --delete'
complete -c ch-register -l confirm-again -d 'Have that mail sent again'
complete -c ch-register -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-register -l text -d 'Write text, also into a pipe'
complete -c ch-register -s q -l quiet -d 'Say less'
complete -c ch-register -s v -l verbose -d 'Say more'
complete -c ch-register -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ch-register -s V -l version -d 'Print version'
