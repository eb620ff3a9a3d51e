//! `ch-inspect`: says what a mail offers (S107).

use std::{
    io::{self, BufRead, BufReader},
    process::ExitCode,
};

use chmail::{
    cli::{
        self, Exit, Io,
        args::inspect::InspectArgs,
        config::Config,
        exit::OrFail,
        input::{Operand, piped},
        records::Records,
        resolve::Resolver,
        words,
    },
    mail::{
        button,
        problem::Problem,
        read::{self, Depth},
        source::{Messages, SourceError},
    },
    wire::{Record, Time, display, record::Mail},
};

fn main() -> ExitCode {
    cli::run("ch-inspect", |args: InspectArgs, io| {
        let config = if args.resolve { Some(Config::load()?) } else { None };
        let resolver = config
            .as_ref()
            .map(|config| Resolver::new(config, &args.common, args.trust_server))
            .transpose()?;
        Inspection { args: &args, io, resolver, found: false, exit: Exit::Done }.run()
    })
}

struct Inspection<'a> {
    args: &'a InspectArgs,
    io: &'a mut Io,
    resolver: Option<Resolver<'a>>,
    /// Whether a mail passed the filter.
    found: bool,
    exit: Exit,
}

impl Inspection<'_> {
    fn run(mut self) -> anyhow::Result<Exit> {
        if self.args.messages.is_empty() {
            piped::<InspectArgs>()?;
            self.stdin()?;
        }
        for operand in &self.args.messages {
            match operand {
                Operand::Stdin => self.stdin()?,
                Operand::Path(path) => match Messages::open(path) {
                    Ok(messages) => self.messages(messages, false)?,
                    Err(error) => self.failed(error),
                },
            }
        }
        let nothing = self.args.chat && !self.found;
        Ok(if nothing { self.exit.and(Exit::No) } else { self.exit })
    }

    /// Records when the first byte is `{`, else a mail (or an mbox).
    fn stdin(&mut self) -> anyhow::Result<()> {
        let mut stdin = BufReader::new(io::stdin());
        if !stdin.fill_buf().or_fail(Exit::Io, "read standard input")?.starts_with(b"{") {
            match Messages::of_stream("-", Box::new(stdin)) {
                Ok(messages) => self.messages(messages, true)?,
                Err(error) => self.failed(error),
            }
            return Ok(());
        }
        for record in Records::new(stdin) {
            match record {
                Ok(Record::Mail(mail)) => self.mail(again(*mail, Time::now()), true)?,
                Ok(_) => {}
                Err(error) => self.report(&error.context("-")),
            }
        }
        Ok(())
    }

    fn messages(&mut self, messages: Messages, streamed: bool) -> anyhow::Result<()> {
        for message in messages {
            match message {
                Ok(message) => self.mail(read::message(&message, Time::now(), Depth::Full), streamed)?,
                Err(error) => self.failed(error),
            }
        }
        Ok(())
    }

    fn mail(&mut self, mut mail: Mail, streamed: bool) -> anyhow::Result<()> {
        if mail.problems.contains(&Problem::NoHeaders.to_string()) {
            let error = cli::fail(Exit::Data, format!("{}: no mail: it has no header", mail.source));
            self.report(&error);
        }
        if self.args.chat && mail.chat.is_none() {
            return Ok(());
        }
        self.found = true;
        if let Some(resolver) = &mut self.resolver {
            self.io.out.flush()?;
            let (problems, error) = resolver.resolve(&mail, Time::now());
            add(&mut mail, problems);
            if let Some(error) = error {
                self.report(&error);
            }
        }
        let face = &self.args.common.face;
        if !face.quiet {
            let verbose = face.verbose;
            self.io.out.show(&Record::Mail(Box::new(mail)), |record| match record {
                Record::Mail(mail) => words::mail(mail, verbose),
                _ => String::new(),
            })?;
        }
        // Whoever sends the next mail may wait before it does.
        if streamed {
            self.io.out.flush()?;
        }
        Ok(())
    }

    fn failed(&mut self, error: SourceError) {
        let exit = match error {
            SourceError::Open { .. } | SourceError::NoMaildir(_) => Exit::NoInput,
            SourceError::Read { .. } => Exit::Io,
            SourceError::Empty(_) => Exit::Data,
        };
        self.report(&cli::fail(exit, error.to_string()));
    }

    fn report(&mut self, error: &anyhow::Error) {
        self.exit = self.exit.and(self.io.report(error));
    }
}

/// A record that another tool wrote is judged again: time has passed, and a button is believed nowhere.
fn again(mut mail: Mail, now: Time) -> Mail {
    if let Some(chat) = mail.chat.take() {
        let (judged, problems) = button::judge(&chat);
        let expired = judged.as_ref().and_then(|chat| button::expired(chat, now));
        mail.chat = judged;
        add(&mut mail, problems.into_iter().chain(expired));
    }
    mail
}

fn add(mail: &mut Mail, problems: impl IntoIterator<Item = Problem>) {
    for problem in problems {
        // What comes from a server is other people's text.
        let problem = display::clean(&problem.to_string());
        if !mail.problems.contains(&problem) {
            mail.problems.push(problem);
        }
    }
}
