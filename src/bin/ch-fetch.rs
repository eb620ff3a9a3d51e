//! `ch-fetch`: takes mails from a POP3 server, into a Maildir or as records (S107).

use std::{fs::File, io::Read, ops::ControlFlow, path::Path, process::ExitCode};

use chmail::{
    cli::{
        self, Exit, Io, args::fetch::FetchArgs, config::Config, exit::OrFail, listing::Listing,
        output::OutputError, progress::Progress, words,
    },
    fetch::{Destination, Fetch, Source, Watch},
    mail::{pop3::Access, read, scan},
    wire::{Record, Time, record::Mail},
};

fn main() -> ExitCode {
    cli::run("ch-fetch", run)
}

fn run(args: FetchArgs, io: &mut Io) -> anyhow::Result<Exit> {
    let source: Source = args.url.parse().or_fail(Exit::Usage, "URL")?;
    let access = if source.needs_password() { access(&args)? } else { None };
    let to = match args.into {
        Some(path) => Destination::Maildir { path, delete: args.delete },
        None => Destination::Stream { state: args.state, full: args.full },
    };
    let (into, delete) = (matches!(to, Destination::Maildir { .. }), args.delete);
    let fetch = Fetch { source, access, to, only_chat: args.only_chat, limit: args.limit };
    let face = io.face().clone();
    let mut shown = Shown {
        progress: Progress::new(&face),
        names: into && (face.json || face.verbose),
        listing: Listing::for_stdout(),
        headed: false,
        verbose: face.verbose,
        quiet: face.quiet,
        io,
        exit: Exit::Done,
        error: None,
    };
    let fetched = fetch.run(&mut shown);
    if let Some(error) = shown.error.take() {
        return Err(error.into());
    }
    let fetched = fetched?;
    let exit = shown.exit;
    drop(shown);
    if into && face.verbose {
        let deleted = if delete { format!(", {} deleted", fetched.deleted) } else { String::new() };
        io.note(&format!("{} new{deleted}", fetched.mails));
    }
    let found_none = !into && args.only_chat && fetched.mails == 0;
    Ok(if found_none && exit == Exit::Done { Exit::No } else { exit })
}

fn access(args: &FetchArgs) -> anyhow::Result<Option<Access>> {
    let config = Config::load()?;
    let ca = config.ca(args.common.ca.as_deref());
    let auth = config.file().auth;
    Ok(config.password()?.map(|password| Access { password: password.into(), auth, ca }))
}

/// What the person sees of it.
struct Shown<'a> {
    io: &'a mut Io,
    progress: Progress,
    listing: Listing,
    /// The table's head stands.
    headed: bool,
    /// Whether mails that go into a Maildir are shown.
    names: bool,
    verbose: bool,
    quiet: bool,
    exit: Exit,
    /// Why nothing more can be shown.
    error: Option<OutputError>,
}

impl Shown<'_> {
    fn show(&mut self, mail: Mail) -> Result<(), OutputError> {
        let table = !self.verbose && !self.io.out.is_records();
        if table && !self.headed && self.io.out.is_terminal() {
            self.io.out.text(&self.listing.head())?;
        }
        self.headed = true;
        let (verbose, listing) = (self.verbose, self.listing);
        self.io.out.show(&Record::Mail(Box::new(mail)), |record| match record {
            Record::Mail(mail) if verbose => words::mail(mail, true),
            Record::Mail(mail) => listing.line(mail),
            _ => String::new(),
        })?;
        self.io.out.flush()
    }
}

impl Watch for Shown<'_> {
    fn expect(&mut self, mails: usize, bytes: u64) {
        self.progress.expect(mails, bytes);
    }

    fn came(&mut self, bytes: u64) {
        self.progress.came(bytes);
    }

    fn done(&mut self) {
        self.progress.done();
    }

    fn mail(&mut self, mail: Mail) -> ControlFlow<()> {
        if self.quiet {
            return ControlFlow::Continue(());
        }
        let bar = self.progress.bar();
        match bar.suspend(|| self.show(mail)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.error = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    fn delivered(&mut self, path: &Path) {
        if !self.names || self.error.is_some() {
            return;
        }
        let mut head = Vec::new();
        // A mail program may have taken it from there already.
        let Ok(file) = File::open(path) else { return };
        let large = file.metadata().is_ok_and(|meta| meta.len() > scan::MESSAGE as u64);
        if file.take(scan::HEADER as u64 + 1).read_to_end(&mut head).is_ok() {
            let mail = read::head(&path.to_string_lossy(), &head, large, Time::now());
            // The mails are what matters: they go on into the Maildir.
            let bar = self.progress.bar();
            self.error = bar.suspend(|| self.show(mail)).err();
        }
    }

    fn failed(&mut self, what: &str, transient: bool) {
        let exit = if transient { Exit::TempFail } else { Exit::Refused };
        let bar = self.progress.bar();
        self.exit = self.exit.and(bar.suspend(|| self.io.report(&cli::fail(exit, what))));
    }
}
