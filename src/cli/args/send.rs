//! `ch-send`.

use std::path::PathBuf;

use clap::{ArgAction, Args, CommandFactory, Parser, ValueEnum};

use super::{
    Common, Face, Tool,
    bulk::{BatchFlags, DkimFlags, Verb},
};
use crate::{
    cli::{
        generate::{HOME_ENVIRONMENT, HOME_FILES, Page},
        input::Operand,
        mailer::SENDMAIL,
    },
    mail::{
        address::{Address, BadAddress},
        chat_line::Lang,
        mailbox::{Mailbox, Mailboxes},
        recipients,
        text::Unstructured,
    },
};

/// Send one mail with a chat button
///
/// The text is read from standard input. ch-send gets a port and, for each recipient, a ticket from the CH server
/// by itself, adds them as CH-* header fields and as a link at the end of the text, and hands the mail over. It says
/// nothing when that went well.
///
/// As sendmail: with -t, or with recipients as operands, standard input is a finished message, as mutt, s-nail, git
/// send-email and cron hand it over. It goes out byte for byte, but for Bcc fields, which are taken out, and for the
/// CH-* fields, From, Date and Message-ID, which are added where they are missing. -t takes the recipients from To, Cc
/// and Bcc, and adds those given as operands; of a mail that is sent again, from the newest Resent-To, Resent-Cc and
/// Resent-Bcc instead. An address needs its @: nothing is completed. Failures are reported to -f, else to the mail's
/// own sender (Sender or From). A mail that has CH-* fields already keeps its author's button and gets no other.
/// -i, -oi, -oem and other -o options, -O, -B, -N, -R, -L, -m and -bm are taken and mean nothing: standard input is
/// always read to its end, and no delivery status notices are asked for.
///
/// Each recipient gets the mail in a transaction of their own, with a ticket of their own. Whoever stands in Bcc is in
/// nobody's header, and no ticket tells how many they are. The copy that a mail program keeps for itself (Fcc in mutt)
/// is made before ch-send sees the mail, and has no button.
///
/// A mail that cannot go out now, because there is no connection, the server says not now or does not answer in time, is
/// kept in $CH_HOME/spool, and that is a success: status queued, exit 0, one line on standard error. --flush sends what
/// waits, by the way out each mail was kept for: one that the server put off again after 5, 10, 20, 40 and then every 60
/// minutes, one that met no connection with every --flush. After 5 days, or when the server refuses it, a mail is given
/// up: a line on standard error names it and the file in $CH_HOME/spool/failed, and the exit status is 69. A mail that is
/// cut off between its end and the server's answer is never sent twice by itself: it is listed as unknown, and --flush
/// --unknown resend sends it again. When ch-send meets that while it sends a mail directly, it keeps nothing and ends
/// with 75: whether to send it again is the caller's to say. A mail that goes into a Maildir or to standard output is
/// never kept.
///
/// With --batch, standard input is job records, one a line (docs/wire.md), and standard output is a sent record for each
/// recipient, in order of completion. A line that is no job is said on standard error with its number (65 at the end)
/// and the next is read. Nothing is kept: who can be tried again is deferred (75 at the end, else 69 when somebody was
/// refused). A job with a mark is not sent before the CH server has made the mark durable. When nobody reads the
/// receipts any more, what is on its way is finished and said on standard error, and nothing else is begun.
#[derive(Debug, Parser)]
#[command(name = "ch-send", version, args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub struct SendArgs {
    /// What else to do
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// Further recipients of a finished message, which is read from standard input
    #[arg(value_name = "RECIPIENT", value_parser = several)]
    pub recipients: Vec<Recipients>,
    /// Read a finished message, and take its recipients from To, Cc and Bcc
    #[arg(short = 't', action = ArgAction::Count)]
    pub read_recipients: u8,
    /// Taken from programs that call sendmail: a line with a single dot does not end the message
    #[arg(short = 'i', action = ArgAction::Count)]
    pub ignore_dots: u8,
    /// Report failures to this address; '<>': to nobody [default: the sender]
    #[arg(short = 'f', value_name = "ADDRESS", short_alias = 'r', value_parser = reverse_path, overrides_with = "reverse_path")]
    pub reverse_path: Option<ReversePath>,
    /// The name in From, where ch-send writes that field
    #[arg(short = 'F', value_name = "NAME", overrides_with = "full_name")]
    pub full_name: Option<Unstructured>,
    /// What sendmail knows and we need not
    #[command(flatten)]
    pub ignored: Ignored,
    /// Who gets it.
    #[arg(
        long,
        value_name = "MAILBOX",
        help = "Who gets it: ADDRESS or NAME <ADDRESS>, several with commas or by saying --to again"
    )]
    pub to: Vec<Mailboxes>,
    /// Who gets a copy
    #[arg(long, value_name = "MAILBOX")]
    pub cc: Vec<Mailboxes>,
    /// Who gets a copy that the others do not know of
    #[arg(long, value_name = "MAILBOX")]
    pub bcc: Vec<Mailboxes>,
    /// Who it is from [default: your login's address]
    #[arg(long, value_name = "MAILBOX")]
    pub from: Option<Mailbox>,
    /// What it is about
    #[arg(long, value_name = "TEXT")]
    pub subject: Option<Unstructured>,
    /// A file that goes with it; can be said again
    #[arg(long, value_name = "FILE")]
    pub attach: Vec<PathBuf>,
    /// The same text in HTML (-: on standard input, instead of the text)
    #[arg(long, value_name = "FILE")]
    pub html: Option<Operand>,
    /// Answer the mail in this file: to its sender, in its thread, with a button into its conversation
    #[arg(long, value_name = "MESSAGE")]
    pub reply: Option<Operand>,
    /// Header fields only, no link in the text
    #[arg(long)]
    pub no_link: bool,
    /// The link in the text of a finished message too, where it can take it: never in a signed or encrypted one
    #[arg(long, conflicts_with = "no_link")]
    pub link: bool,
    /// What to do when there is no button to be had [default: require; auto for a finished message]
    #[arg(long, value_name = "WHEN")]
    pub button: Option<ButtonWhen>,
    /// The language of the line with the link: en or ko [default: that of your locale]
    #[arg(long, value_name = "LANGUAGE")]
    pub lang: Option<Lang>,
    /// What the mail says your host is [default: the CH server's name]
    #[arg(long, value_name = "NAME", env = "CH_HOST", hide_env_values = true)]
    pub host: Option<String>,
    /// Where it goes: smtp://[USER@]HOST[:PORT], smtps://…, sendmail:PATH, maildir:DIR or stdout:
    #[arg(long, value_name = "URL", env = "CH_VIA", hide_env_values = true)]
    pub via: Option<String>,
    /// When there is no connection or the server says not now: do not keep the mail, end with 75
    #[arg(long)]
    pub no_queue: bool,
    /// Send the mails that were kept; for cron
    #[arg(long, conflicts_with_all = ["recipients", "read_recipients", "to", "cc", "bcc", "reply", "dry_run"])]
    pub flush: bool,
    /// With --flush: what to do with mails of which nobody knows whether they were taken
    #[arg(long, value_name = "WHAT", requires = "flush")]
    pub unknown: Option<Unknown>,
    /// List the mails that were kept: those that wait, and those that were given up
    #[arg(long, conflicts_with_all = ["recipients", "read_recipients", "to", "cc", "bcc", "reply", "dry_run", "flush"])]
    pub queued: bool,
    /// Many mails
    #[command(flatten)]
    pub bulk: BatchFlags,
    /// Who signs
    #[command(flatten)]
    pub dkim: DkimFlags,
    /// Do all but send: print the finished message (the first recipient's)
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// Common flags
    #[command(flatten)]
    pub common: Common,
}

/// Arguments of sendmail's that change nothing here.
#[derive(Debug, Clone, Default, Args)]
pub struct Ignored {
    /// Options (`-oi`, `-oem`)
    #[arg(short = 'o', short_alias = 'O', value_name = "OPTION", hide = true)]
    pub options: Vec<String>,
    /// The body's type
    #[arg(short = 'B', value_name = "TYPE", hide = true, overrides_with = "body_type")]
    pub body_type: Option<String>,
    /// Which delivery status notices
    #[arg(short = 'N', value_name = "WHEN", hide = true, overrides_with = "notices")]
    pub notices: Option<String>,
    /// What they return
    #[arg(short = 'R', value_name = "WHAT", hide = true, overrides_with = "returned")]
    pub returned: Option<String>,
    /// A name for the log
    #[arg(short = 'L', value_name = "TAG", hide = true, overrides_with = "tag")]
    pub tag: Option<String>,
    /// To oneself too, if an alias says so
    #[arg(short = 'm', action = ArgAction::Count, hide = true)]
    pub me_too: u8,
    /// What to be: only what reads a message
    #[arg(short = 'b', value_name = "MODE", hide = true, value_parser = ["m"], overrides_with = "mode")]
    pub mode: Option<String>,
}

/// The addresses of one operand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipients(pub Vec<Address>);

fn several(text: &str) -> Result<Recipients, BadAddress> {
    match recipients::addresses(text)? {
        list if list.is_empty() => Err(BadAddress::NoAt(text.to_owned())),
        list => Ok(Recipients(list)),
    }
}

/// `-f`; `None`: nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReversePath(pub Option<Address>);

fn reverse_path(text: &str) -> Result<ReversePath, BadAddress> {
    if matches!(text.trim(), "" | "<>") {
        return Ok(ReversePath(None));
    }
    match <[Address; 1]>::try_from(recipients::addresses(text)?) {
        Ok([address]) => Ok(ReversePath(Some(address))),
        Err(_) => Err(BadAddress::Form(text.to_owned())),
    }
}

/// `--button`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ButtonWhen {
    /// Send it without one, and say so
    Auto,
    /// Do not send it
    Require,
    /// Never ask for one
    Never,
}

/// `--unknown`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Unknown {
    /// Send them again; some may arrive twice
    Resend,
}

impl SendArgs {
    /// Whether standard input is a finished message.
    #[must_use]
    pub fn is_sendmail(&self) -> bool {
        self.read_recipients > 0 || !self.recipients.is_empty()
    }

    /// The flags that write a mail, of those that were given: with a finished one they make no sense.
    #[must_use]
    pub fn composing(&self) -> Vec<&'static str> {
        let given = [
            ("--to", !self.to.is_empty()),
            ("--cc", !self.cc.is_empty()),
            ("--bcc", !self.bcc.is_empty()),
            ("--subject", self.subject.is_some()),
            ("--attach", !self.attach.is_empty()),
            ("--html", self.html.is_some()),
            ("--reply", self.reply.is_some()),
        ];
        given.into_iter().filter(|(_, given)| *given).map(|(flag, _)| flag).collect()
    }
}

impl Tool for SendArgs {
    fn face(&self) -> &Face {
        &self.common.face
    }
}

const FILES: &[(&str, &str)] = &[
    HOME_FILES[0],
    HOME_FILES[1],
    (
        "$CH_HOME/spool",
        "Mails that wait (new), that are on their way (cur) or were given up (failed), one file each.",
    ),
];

/// What the man page says beyond the arguments.
#[must_use]
pub fn page() -> Page {
    Page {
        command: SendArgs::command,
        files: FILES,
        environment: const { &[HOME_ENVIRONMENT[0], ("CH_SENDMAIL", SENDMAIL)] },
        examples: &[
            (
                "echo 'New boots are in.' | ch-send --to bob@example.org --subject Boots",
                "A mail with a chat button:",
            ),
            (
                "echo 'Try me.' | ch-send --to bob@example.org --via maildir:/tmp/mail",
                "Without a mail server; the mail is then in /tmp/mail/bob@example.org/new:",
            ),
            (
                "echo 'Yes, in size 42.' | ch-send --reply mail.eml",
                "An answer that leads into the same conversation:",
            ),
            (
                "ch-send --batch --connections 20 < jobs > receipts",
                "A stream of mails, each with a button of its own:",
            ),
            (
                "ch-send dkim-key --domain example.org --selector a1",
                "A key that signs mail, and its record for the DNS:",
            ),
            ("ch-send -n --to bob@example.org < text", "What would go out:"),
            ("*/5 * * * *  ch-send --flush -q", "In the crontab: what could not be sent is sent:"),
            ("set sendmail=\"ch-send -t\"", "In muttrc: every mail that mutt sends gets a button."),
            (
                "git config --global sendemail.sendmailCmd ch-send",
                "The same for patches; --link puts the link below them, too:",
            ),
            (
                "ch-send --to bob@example.org --via 'smtp://alice@mail.example.org' < text",
                "Through a mail server that wants a password (password_command in config.toml), with STARTTLS:",
            ),
        ],
    }
}
