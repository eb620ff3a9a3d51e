//! Members, what they agreed to, and what they must be told.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read},
    path::Path,
};

use super::{Edge, words};
use crate::{
    cli::{
        Exit, Io,
        args::promo::member::{
            ConsentVerb, ImportArgs, MemberVerb, PutArgs, SayArgs, SuppressArgs, TagArgs, UnsuppressArgs,
        },
        connect,
        exit::OrFail,
        fail,
    },
    client::{Api, ClientError, promotion::Done},
    promo::import::{self, BadList, Form},
    wire::{
        Audience, Code, Record,
        display::clean,
        members::{Consent, Did, MemberEvent, MemberPut, Suppress},
        promotion::{MEMBERSHIP, PROMOTION},
    },
};

/// Rows that are sent at a time.
const SOME: usize = 300;

/// `member`.
///
/// # Errors
/// 66 when a list cannot be read, 65 when it is none; what the CH server says.
pub fn member(verb: MemberVerb, edge: Edge<'_>) -> anyhow::Result<Exit> {
    let (_, api) = connect::signed_in(edge.config, edge.common)?;
    match verb {
        MemberVerb::Add(args) => put(&api, vec![of(args, false)?], edge),
        MemberVerb::Set(args) => put(&api, vec![of(args, true)?], edge),
        MemberVerb::Tag(args) => put(&api, tags(args, |tag| (vec![tag], Vec::new())), edge),
        MemberVerb::Untag(args) => put(&api, tags(args, |tag| (Vec::new(), vec![tag])), edge),
        MemberVerb::Import(args) => read_list(&api, &args, edge),
        MemberVerb::List { to } => {
            let audience = to.parse().or_fail(Exit::Data, "--to")?;
            list(&api, &to, &audience, edge.io).map_err(|error| match error.downcast::<ClientError>() {
                Ok(error) if is_not_found(&error) => fail(Exit::NoUser, NO_MANAGER),
                Ok(error) => error.into(),
                Err(error) => error,
            })
        }
        MemberVerb::Show(args) => {
            let member = api.member(&args.mail).map_err(|error| nobody(error, &args.mail))?;
            edge.io.out.show(&Record::Member(Box::new(member)), words::of)?;
            Ok(Exit::Done)
        }
        MemberVerb::Export(args) => {
            let export = api.export(&args.mail).map_err(|error| nobody(error, &args.mail))?;
            edge.io.out.bytes(crate::wire::to_line(&export)?.as_bytes())?;
            Ok(Exit::Done)
        }
        MemberVerb::Erase(args) => {
            api.erase(&args.mail).map_err(|error| nobody(error, &args.mail))?;
            Ok(Exit::Done)
        }
        MemberVerb::Verify => match api.broken_entry()? {
            None => Ok(Exit::Done),
            Some(row) => Err(fail(
                Exit::Data,
                format!("the ledger of consent was changed: row {row} is not as it was"),
            )),
        },
        MemberVerb::Events { file } => events(&api, &file, edge),
    }
}

const NO_MANAGER: &str = "you are no manager: ch-serve grant LOGIN manager";

fn is_not_found(error: &ClientError) -> bool {
    matches!(error, ClientError::Refused(record) if record.code == Code::NotFound)
}

fn nobody(error: ClientError, mail: &str) -> anyhow::Error {
    if is_not_found(&error) {
        return fail(Exit::NoUser, format!("{mail}: no such member (or {NO_MANAGER})"));
    }
    error.into()
}

fn list(api: &Api, to: &str, audience: &Audience, io: &mut Io) -> anyhow::Result<Exit> {
    super::plan::unknown_tags(audience, api, io)?;
    let mut none = true;
    api.members(to, &mut |member| {
        none = false;
        io.out.show(&Record::Member(Box::new(member)), words::of)?;
        anyhow::Ok(())
    })?;
    Ok(if none { Exit::No } else { Exit::Done })
}

fn of(args: PutArgs, known: bool) -> anyhow::Result<MemberPut> {
    let (consent, no) = import::said(args.consent).or_fail(Exit::Data, "--consent")?;
    if !no.is_empty() {
        return Err(fail(Exit::Data, "--consent: that is a no; ch-promo consent withdraw says it"));
    }
    Ok(MemberPut {
        mail: args.mail,
        name: args.name,
        tags: args.tag,
        untag: Vec::new(),
        locale: args.locale,
        time_zone: args.time_zone,
        consent,
        withdraw: Vec::new(),
        proof: args.consent_proof,
        anew: args.anew,
        known,
    })
}

fn tags(args: TagArgs, which: impl Fn(String) -> (Vec<String>, Vec<String>)) -> Vec<MemberPut> {
    let one = |mail| {
        let (tags, untag) = which(args.tag.clone());
        MemberPut { mail, tags, untag, known: true, ..MemberPut::default() }
    };
    args.mail.into_iter().map(one).collect()
}

/// What an import did.
#[derive(Debug, Default)]
struct Counts {
    added: u64,
    changed: u64,
    same: u64,
    kept_no: u64,
    erased: u64,
    bad: u64,
    /// Yeses to purposes that no ad mails.
    other: BTreeMap<String, u64>,
}

/// Purposes that a list's summary names; the rest are somebody's mistake, and would fill the memory.
const PURPOSES: usize = 100;

impl Counts {
    /// They agreed to these.
    fn agreed(&mut self, purposes: &[String]) {
        for purpose in purposes.iter().filter(|purpose| !matches!(&***purpose, PROMOTION | MEMBERSHIP)) {
            if self.other.contains_key(purpose) || self.other.len() < PURPOSES {
                *self.other.entry(purpose.clone()).or_default() += 1;
            }
        }
    }
}

fn put(api: &Api, puts: Vec<MemberPut>, edge: Edge<'_>) -> anyhow::Result<Exit> {
    let mut counts = Counts::default();
    let rows = puts.into_iter().map(|put| (None, put)).collect();
    some(&|puts| api.put_members(puts), rows, &mut counts, edge.io)
}

/// What members are given to: the CH server, or its word on what it would do.
type Put<'a> = &'a dyn Fn(&[MemberPut]) -> Result<Vec<Done>, ClientError>;

/// Sends some rows and says what is to be said of each.
fn some(
    put_all: Put<'_>,
    rows: Vec<(Option<u64>, MemberPut)>,
    counts: &mut Counts,
    io: &mut Io,
) -> anyhow::Result<Exit> {
    let (lines, puts): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let mut exit = Exit::Done;
    for ((line, put), done) in lines.into_iter().zip(&puts).zip(put_all(&puts)?) {
        let place = line.map_or_else(|| put.mail.clone(), |line| format!("line {line}: {}", put.mail));
        if let Ok(done) = &done
            && matches!(done.did, Did::Added | Did::Changed | Did::Same)
        {
            counts.agreed(&put.consent);
        }
        match done {
            Ok(done) => match done.did {
                Did::NoMember => {
                    counts.bad += 1;
                    exit = exit.and(io.report(&fail(Exit::NoUser, format!("{place}: no such member"))));
                }
                Did::Added => counts.added += 1,
                Did::Changed => counts.changed += 1,
                Did::Same | Did::Other => counts.same += 1,
                Did::KeptNo => {
                    counts.kept_no += 1;
                    io.note(&format!("{place}: said no since; that stands (ch-promo consent give)"));
                }
                Did::Erased => {
                    counts.erased += 1;
                    let when = done.at.map(crate::cli::words::time).unwrap_or_default();
                    io.note(&format!(
                        "{place}: was erased {when}; not brought back (ch-promo member add --anew)"
                    ));
                }
            },
            Err(record) => {
                counts.bad += 1;
                exit = exit.and(io.report(&fail(Exit::Data, format!("{place}: {}", record.message))));
            }
        }
    }
    Ok(exit)
}

enum Broken {
    List(BadList),
    Other(anyhow::Error),
}

impl From<BadList> for Broken {
    fn from(error: BadList) -> Self {
        Self::List(error)
    }
}

fn read_list(api: &Api, args: &ImportArgs, edge: Edge<'_>) -> anyhow::Result<Exit> {
    let form = Form {
        encoding: args.encoding.as_deref().map(|name| match name {
            "cp949" => encoding_rs::EUC_KR,
            _ => encoding_rs::UTF_8,
        }),
        delimiter: args.delimiter.as_deref().map(|name| match name {
            "semicolon" => b';',
            "tab" => b'\t',
            _ => b',',
        }),
    };
    let input = open(&args.file)?;
    let dry_run = args.dry_run;
    let put_all: Put<'_> = &|puts| if dry_run { api.check_members(puts) } else { api.put_members(puts) };
    let Edge { io, .. } = edge;
    let (mut counts, mut exit, mut waiting) = (Counts::default(), Exit::Done, Vec::new());
    let read = import::read(input, form, args.consent_proof.as_deref(), &mut |(line, row)| {
        match row {
            Ok(put) => waiting.push((Some(line), put)),
            Err(why) => {
                counts.bad += 1;
                exit = exit.and(io.report(&fail(Exit::Data, format!("line {line}: {why}"))));
            }
        }
        if waiting.len() >= SOME {
            let rows = std::mem::take(&mut waiting);
            exit = exit.and(some(put_all, rows, &mut counts, io).map_err(Broken::Other)?);
        }
        Ok(())
    });
    match read {
        Ok(()) => {}
        Err(Broken::List(BadList::Io(error))) => {
            return Err(fail(Exit::Io, format!("{}: {error}", args.file.display())));
        }
        Err(Broken::List(error)) => {
            return Err(fail(Exit::Data, format!("{}: {error}", args.file.display())));
        }
        Err(Broken::Other(error)) => return Err(error),
    }
    exit = exit.and(some(put_all, waiting, &mut counts, io)?);
    let Counts { added, changed, same, kept_no, erased, bad, other } = counts;
    let would = if dry_run { "would be: " } else { "" };
    io.note(&format!(
        "{would}{added} added, {changed} changed, {same} as they were, {kept_no} kept their no, {erased} erased before, {bad} bad"
    ));
    for (purpose, count) in other {
        io.note(&format!("{count} agree to `{}`, which no ad mails", clean(&purpose)));
    }
    Ok(exit)
}

fn open(path: &Path) -> anyhow::Result<Box<dyn Read>> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin()));
    }
    Ok(Box::new(File::open(path).or_fail(Exit::NoInput, path.display().to_string())?))
}

fn events(api: &Api, path: &Path, edge: Edge<'_>) -> anyhow::Result<Exit> {
    let mut exit = Exit::Done;
    let mut number = 0;
    let mut waiting: Vec<(u64, MemberEvent)> = Vec::new();
    let send = |waiting: &mut Vec<(u64, MemberEvent)>, io: &mut Io| -> anyhow::Result<Exit> {
        let mut exit = Exit::Done;
        let (lines, events): (Vec<u64>, Vec<MemberEvent>) = std::mem::take(waiting).into_iter().unzip();
        for ((line, event), done) in lines.into_iter().zip(&events).zip(api.put_events(&events)?) {
            let why = match done {
                Ok(done) if done.did == Did::Other => "no such member".to_owned(),
                Ok(_) => continue,
                Err(record) => record.message,
            };
            exit = exit.and(io.report(&fail(Exit::Data, format!("line {line}: {}: {why}", event.mail))));
        }
        Ok(exit)
    };
    for line in io::BufRead::lines(io::BufReader::new(open(path)?)) {
        number += 1;
        let line = line.or_fail(Exit::Io, path.display().to_string())?;
        if line.trim().is_empty() {
            continue;
        }
        match serde_json::from_str(&line) {
            Ok(event) => waiting.push((number, event)),
            Err(error) => {
                exit = exit
                    .and(edge.io.report(&fail(Exit::Data, format!("line {number}: {}", import::why(&error)))))
            }
        }
        if waiting.len() >= SOME {
            exit = exit.and(send(&mut waiting, edge.io)?);
        }
    }
    Ok(exit.and(send(&mut waiting, edge.io)?))
}

/// `consent`.
///
/// # Errors
/// What the CH server says.
pub fn consent(verb: ConsentVerb, edge: Edge<'_>) -> anyhow::Result<Exit> {
    let (_, api) = connect::signed_in(edge.config, edge.common)?;
    let (SayArgs { mail, purpose, proof }, given) = match verb {
        ConsentVerb::Give(args) => (args, true),
        ConsentVerb::Withdraw(args) => (args, false),
    };
    let ask = Consent { mail: mail.clone(), purpose, given, proof };
    api.consent(&ask).map_err(|error| nobody(error, &mail))?;
    Ok(Exit::Done)
}

/// `suppress`.
///
/// # Errors
/// What the CH server says.
pub fn suppress(args: SuppressArgs, edge: Edge<'_>) -> anyhow::Result<Exit> {
    let (_, api) = connect::signed_in(edge.config, edge.common)?;
    api.suppress(&Suppress { mail: args.mail, reason: args.reason, remove: false })?;
    Ok(Exit::Done)
}

/// `unsuppress`.
///
/// # Errors
/// What the CH server says.
pub fn unsuppress(args: UnsuppressArgs, edge: Edge<'_>) -> anyhow::Result<Exit> {
    let (_, api) = connect::signed_in(edge.config, edge.common)?;
    api.suppress(&Suppress { mail: args.mail, reason: None, remove: true })?;
    Ok(Exit::Done)
}
