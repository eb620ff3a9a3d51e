complete -c ch-send -s f -d 'Report failures to this address; \'<>\': to nobody [default: the sender]' -r
complete -c ch-send -s F -d 'The name in From, where ch-send writes that field' -r
complete -c ch-send -s o -d 'Options (`-oi`, `-oem`)' -r
complete -c ch-send -s B -d 'The body\'s type' -r
complete -c ch-send -s N -d 'Which delivery status notices' -r
complete -c ch-send -s R -d 'What they return' -r
complete -c ch-send -s L -d 'A name for the log' -r
complete -c ch-send -s b -d 'What to be: only what reads a message' -r -f -a "m\t''"
complete -c ch-send -l to -d 'Who gets it: ADDRESS or NAME <ADDRESS>, several with commas or by saying --to again' -r
complete -c ch-send -l cc -d 'Who gets a copy' -r
complete -c ch-send -l bcc -d 'Who gets a copy that the others do not know of' -r
complete -c ch-send -l from -d 'Who it is from [default: your login\'s address]' -r
complete -c ch-send -l subject -d 'What it is about' -r
complete -c ch-send -l attach -d 'A file that goes with it; can be said again' -r -F
complete -c ch-send -l html -d 'The same text in HTML (-: on standard input, instead of the text)' -r
complete -c ch-send -l reply -d 'Answer the mail in this file: to its sender, in its thread, with a button into its conversation' -r
complete -c ch-send -l button -d 'What to do when there is no button to be had [default: require; auto for a finished message]' -r -f -a "auto\t'Send it without one, and say so'
require\t'Do not send it'
never\t'Never ask for one'"
complete -c ch-send -l lang -d 'The language of the line with the link: en or ko [default: that of your locale]' -r
complete -c ch-send -l host -d 'What the mail says your host is [default: the CH server\'s name]' -r
complete -c ch-send -l via -d 'Where it goes: smtp://[USER@]HOST[:PORT], smtps://…, sendmail:PATH, maildir:DIR or stdout:' -r
complete -c ch-send -l unknown -d 'With --flush: what to do with mails of which nobody knows whether they were taken' -r -f -a "resend\t'Send them again; some may arrive twice'"
complete -c ch-send -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-send -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-send -s t -d 'Read a finished message, and take its recipients from To, Cc and Bcc'
complete -c ch-send -s i -d 'Taken from programs that call sendmail: a line with a single dot does not end the message'
complete -c ch-send -s m -d 'To oneself too, if an alias says so'
complete -c ch-send -l no-link -d 'Header fields only, no link in the text'
complete -c ch-send -l link -d 'The link in the text of a finished message too, where it can take it: never in a signed or encrypted one'
complete -c ch-send -l no-queue -d 'When there is no connection or the server says not now: do not keep the mail, end with 75'
complete -c ch-send -l flush -d 'Send the mails that were kept; for cron'
complete -c ch-send -l queued -d 'List the mails that were kept: those that wait, and those that were given up'
complete -c ch-send -s n -l dry-run -d 'Do all but send: print the finished message (the first recipient\'s)'
complete -c ch-send -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-send -l text -d 'Write text, also into a pipe'
complete -c ch-send -s q -l quiet -d 'Say less'
complete -c ch-send -s v -l verbose -d 'Say more'
complete -c ch-send -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ch-send -s V -l version -d 'Print version'
