//! `ch-inspect`: says what a mail offers (S107).

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    ops::ControlFlow,
    path::Path,
    process::ExitCode,
    thread,
};

use chmail::{
    cli::{
        self, Exit, Io,
        args::inspect::InspectArgs,
        config::Config,
        exit::OrFail,
        input::{Operand, piped},
        listing::Listing,
        records::Records,
        resolve::Resolver,
        save::Shelf,
        verify::Verifier,
        words,
    },
    mail::{
        attached, button,
        problem::Problem,
        read::{self, Depth},
        source::{Message, Messages, SourceError, Stored},
        survey::{Found, Survey},
    },
    wire::{Record, Time, display, record::Mail},
};

/// Threads that read unless the person says how many: more would wait for the same disk.
const THREADS: usize = 4;

fn main() -> ExitCode {
    cli::run("ch-inspect", |args: InspectArgs, io| {
        let config = if args.resolve { Some(Config::load()?) } else { None };
        let resolver = config
            .as_ref()
            .map(|config| Resolver::new(config, &args.common, args.trust_server))
            .transpose()?;
        let shelf = args.save_attachments.as_deref().map(Shelf::open).transpose()?;
        let verifier = Verifier::new(&args)?;
        let listing = Listing::for_stdout();
        Inspection { args: &args, io, resolver, shelf, verifier, listing, found: false, exit: Exit::Done }
            .run()
    })
}

struct Inspection<'a> {
    args: &'a InspectArgs,
    io: &'a mut Io,
    resolver: Option<Resolver<'a>>,
    shelf: Option<Shelf>,
    verifier: Option<Verifier>,
    listing: Listing,
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
                Operand::Path(path) => self.path(path)?,
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
                Ok(messages) => self.messages(messages)?,
                Err(error) => self.failed(error),
            }
            return Ok(());
        }
        for record in Records::new(stdin) {
            match record {
                Ok(Record::Mail(mail)) => {
                    let mut mail = again(*mail, Time::now());
                    if self.verifier.is_some() {
                        add(&mut mail, [unverified("a record has no signatures")]);
                    }
                    self.mail(mail)?;
                    self.io.out.flush()?;
                }
                Ok(_) => {}
                Err(error) => self.report(&error.context("-")),
            }
        }
        Ok(())
    }

    fn path(&mut self, path: &Path) -> anyhow::Result<()> {
        if self.depth() == Depth::Full {
            return match Messages::open(path) {
                Ok(messages) => self.messages(messages),
                Err(error) => {
                    self.failed(error);
                    Ok(())
                }
            };
        }
        let threads = self
            .args
            .threads
            .map_or_else(|| thread::available_parallelism().map_or(1, usize::from).min(THREADS), usize::from);
        let survey = Survey { threads, buttons: self.args.chat, now: Time::now() };
        let name = path.to_string_lossy();
        match Stored::open(path) {
            Ok(Stored::Maildir(maildir)) => broken(survey.maildir(maildir, |found| self.some(found))),
            Ok(Stored::Mbox(file)) => broken(survey.mbox(&name, &file, |found| self.some(found))),
            Ok(Stored::One(file)) => self.one(&survey, &name, file),
            Ok(Stored::Stream(messages)) => self.messages(messages),
            Err(error) => {
                self.failed(error);
                Ok(())
            }
        }
    }

    fn one(&mut self, survey: &Survey, name: &str, file: File) -> anyhow::Result<()> {
        match survey.file(name, file) {
            None => Ok(()),
            Some(found) => self.found(found),
        }
    }

    /// What a survey found together. Nothing is held back while it looks for more.
    fn some(&mut self, found: Vec<Found>) -> ControlFlow<anyhow::Error> {
        let shown = found.into_iter().try_for_each(|found| self.found(found));
        match shown.and_then(|()| Ok(self.io.out.flush()?)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    }

    fn found(&mut self, found: Found) -> anyhow::Result<()> {
        match found {
            Ok(mail) => self.mail(mail),
            Err(error) => {
                self.failed(error);
                Ok(())
            }
        }
    }

    /// One message after another, each shown before the next one is waited for.
    fn messages(&mut self, messages: Messages) -> anyhow::Result<()> {
        for message in messages {
            match message {
                Ok(message) => self.message(&message)?,
                Err(error) => self.failed(error),
            }
            self.io.out.flush()?;
        }
        Ok(())
    }

    fn message(&mut self, message: &Message) -> anyhow::Result<()> {
        let mut mail = read::message(message, Time::now(), self.depth());
        if self.args.chat && mail.chat.is_none() {
            return self.mail(mail);
        }
        if self.shelf.is_some() && !message.cut {
            self.keep(message, &mut mail);
        }
        if let Some(verifier) = &mut self.verifier {
            if message.cut {
                add(&mut mail, [unverified("the mail is too large")]);
            } else {
                self.io.out.flush()?;
                let (problems, error) = verifier.problems(&message.bytes, Time::now());
                add(&mut mail, problems);
                if let Some(error) = error {
                    self.report(&error);
                }
            }
        }
        self.mail(mail)
    }

    /// Saves the attachments; the record lists them under the names that they have now.
    fn keep(&mut self, message: &Message, mail: &mut Mail) {
        let attached = attached::attached(&message.bytes);
        for (file, name) in attached.iter().zip(&mut mail.attachments) {
            match self.shelf.as_mut().map(|shelf| shelf.keep(file)) {
                Some(Ok(saved)) => *name = saved,
                Some(Err(error)) => self.report(&error.context(message.source.clone())),
                None => {}
            }
        }
    }

    fn mail(&mut self, mut mail: Mail) -> anyhow::Result<()> {
        if mail.problems.contains(&Problem::NoHeaders.to_string()) {
            let error = cli::fail(Exit::Data, format!("{}: no mail: it has no header", mail.source));
            self.report(&error);
        }
        if self.args.chat && mail.chat.is_none() {
            return Ok(());
        }
        if let Some(resolver) = &mut self.resolver {
            self.io.out.flush()?;
            let (problems, error) = resolver.resolve(&mail, Time::now());
            add(&mut mail, problems);
            if let Some(error) = error {
                self.report(&error);
            }
        }
        let first = !std::mem::replace(&mut self.found, true);
        let face = &self.args.common.face;
        if face.quiet {
            return Ok(());
        }
        let (listing, full, table) = (self.listing, self.args.full, !self.args.full && !face.verbose);
        let out = &mut self.io.out;
        if first && table && out.is_terminal() && !out.is_records() {
            out.text(&listing.head())?;
        }
        out.show(&Record::Mail(Box::new(mail)), |record| match record {
            Record::Mail(mail) if table => listing.line(mail),
            Record::Mail(mail) => words::mail(mail, full),
            _ => String::new(),
        })?;
        Ok(())
    }

    /// How much of a mail is read.
    fn depth(&self) -> Depth {
        let full = self.args.full || self.args.verify || self.shelf.is_some();
        if full { Depth::Full } else { Depth::Headers }
    }

    fn failed(&mut self, error: SourceError) {
        self.report(&error.into());
    }

    fn report(&mut self, error: &anyhow::Error) {
        self.exit = self.exit.and(self.io.report(error));
    }
}

fn broken(flow: ControlFlow<anyhow::Error>) -> anyhow::Result<()> {
    match flow {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
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

fn unverified(why: &str) -> Problem {
    Problem::Unverified { domain: "nobody".to_owned(), why: why.to_owned() }
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
