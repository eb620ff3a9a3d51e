complete -c ch-inspect -l save-attachments -d 'Write the attachments into this directory, under harmless names; records list them under these' -r -F
complete -c ch-inspect -l dkim-keys -d 'With --verify: a file of public keys; lines `SELECTOR._domainkey.DOMAIN RECORD`, of a zone file, or a JSON object' -r
complete -c ch-inspect -l dns -d 'With --verify: ask the DNS for keys, the servers of this machine or the one at that address' -r
complete -c ch-inspect -l threads -d 'Threads that read headers [default: the processors, at most 4]' -r
complete -c ch-inspect -l server -d 'The CH server [default: the one registered with, else http://127.0.0.1:4460]' -r
complete -c ch-inspect -l ca -d 'A PEM file with further certificates to trust for https' -r
complete -c ch-inspect -l chat -d 'Only mails with a chat button; ends with 1 when there is none'
complete -c ch-inspect -l full -d 'Read the bodies too: text, attachments, and what is wrong with them'
complete -c ch-inspect -l verify -d 'Check the DKIM signatures, and whether one of From\'s domain covers the button; needs --dkim-keys, --dns or both'
complete -c ch-inspect -l resolve -d 'Ask the button\'s CH server whether it stands: unconfirmed address, another From, withdrawn. Rings nobody'
complete -c ch-inspect -l trust-server -d 'With --resolve: ask servers that are new to you, too, without asking you first'
complete -c ch-inspect -l json -d 'Write records (JSON, one a line), also to a terminal; errors as `error` records'
complete -c ch-inspect -l text -d 'Write text, also into a pipe'
complete -c ch-inspect -s q -l quiet -d 'Say less'
complete -c ch-inspect -s v -l verbose -d 'Say more'
complete -c ch-inspect -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ch-inspect -s V -l version -d 'Print version'
