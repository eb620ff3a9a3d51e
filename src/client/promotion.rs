//! Every question about members and ads, typed.

use serde::Serialize;
use ureq::http::Method;
use url::form_urlencoded;

use super::{
    Api, ClientError,
    api::{NOTHING, encode},
};
use crate::wire::{
    Code, ErrorRecord, Record,
    campaigns::Retired,
    limits,
    members::{
        AdPut, Consent, Count, Due, DueMember, Export, LedgerChecked, MemberDone, MemberEvent, MemberPut,
        Suppress, TagsAsked, TagsFound, Told, Whose,
    },
    promotion::{Ad, Member},
};

/// Bytes of one body of many lines.
pub(super) const LINES: usize = limits::BODY;

/// What became of one line of many.
pub type Done = Result<MemberDone, ErrorRecord>;

/// Why a list broke off: the server, or whoever it was told to.
pub(super) type Each<'a, T, E> = &'a mut dyn FnMut(T) -> Result<(), E>;

impl Api {
    /// Adds or changes members; what became of each, in order.
    pub fn put_members(&self, members: &[MemberPut]) -> Result<Vec<Done>, ClientError> {
        self.many("/v1/members", members)
    }

    /// What [`Api::put_members`] would do.
    pub fn check_members(&self, members: &[MemberPut]) -> Result<Vec<Done>, ClientError> {
        self.many("/v1/members?dry_run=true", members)
    }

    /// Adds events; what became of each, in order.
    pub fn put_events(&self, events: &[MemberEvent]) -> Result<Vec<Done>, ClientError> {
        self.many("/v1/members/events", events)
    }

    /// Every member of an audience, as they come.
    pub fn members<E: From<ClientError>>(&self, to: &str, each: Each<'_, Member, E>) -> Result<(), E> {
        let mut after = 0;
        loop {
            let to: String = form_urlencoded::byte_serialize(to.as_bytes()).collect();
            let path = format!("/v1/members?after={after}&to={to}");
            let before = after;
            self.page(&path, |record| {
                if let Record::Member(member) = record {
                    after = member.member;
                    each(*member)?;
                }
                Ok::<_, E>(())
            })?;
            if after == before {
                return Ok(());
            }
        }
    }

    /// One member, by address.
    pub fn member(&self, mail: &str) -> Result<Member, ClientError> {
        self.record(Method::POST, "/v1/members/show", Some(&whose(mail)), |record| match record {
            Record::Member(member) => Some(*member),
            _ => None,
        })
    }

    /// Everything that is held about a member.
    pub fn export(&self, mail: &str) -> Result<Export, ClientError> {
        self.ask(Method::POST, "/v1/members/export", Some(&whose(mail)))?.json()
    }

    /// Forgets a member.
    pub fn erase(&self, mail: &str) -> Result<(), ClientError> {
        self.done(Method::POST, "/v1/members/erase", Some(&whose(mail)))
    }

    /// Says what a member said; whether that is news.
    pub fn consent(&self, ask: &Consent) -> Result<bool, ClientError> {
        Ok(self.ask(Method::POST, "/v1/members/consent", Some(ask))?.json::<Count>()?.count > 0)
    }

    /// Suppresses an address or takes it back; whether that is news.
    pub fn suppress(&self, ask: &Suppress) -> Result<bool, ClientError> {
        Ok(self.ask(Method::POST, "/v1/members/suppress", Some(ask))?.json::<Count>()?.count > 0)
    }

    /// Some of those who are due, from after `ask.after`.
    pub fn due(&self, ask: &Due) -> Result<Vec<DueMember>, ClientError> {
        let mut lines = self.ask(Method::POST, "/v1/members/due", Some(ask))?.lines();
        let mut due = Vec::new();
        while let Some(record) = lines.next_record()? {
            if let Record::Due(one) = record {
                due.push(*one);
            }
        }
        Ok(due)
    }

    /// Those of some tags that no member has.
    pub fn tags_nobody_has(&self, tags: Vec<String>) -> Result<Vec<String>, ClientError> {
        let ask = TagsAsked { tags };
        Ok(self.ask(Method::POST, "/v1/members/tags", Some(&ask))?.json::<TagsFound>()?.nobody_has)
    }

    /// They were told.
    pub fn told(&self, ask: &Told) -> Result<u64, ClientError> {
        Ok(self.ask(Method::POST, "/v1/members/told", Some(ask))?.json::<Count>()?.count)
    }

    /// The first row of the ledger of consent that is not as it was written.
    pub fn broken_entry(&self) -> Result<Option<i64>, ClientError> {
        let mut after = 0;
        loop {
            let path = format!("/v1/members/ledger?after={after}");
            let checked: LedgerChecked = self.ask(Method::GET, &path, NOTHING)?.json()?;
            if checked.broken.is_some() || checked.after <= after {
                return Ok(checked.broken);
            }
            after = checked.after;
        }
    }

    /// Adds an ad, or says it anew.
    pub fn put_ad(&self, ask: &AdPut) -> Result<Ad, ClientError> {
        self.record(Method::POST, "/v1/ads", Some(ask), ad)
    }

    /// Every ad one may see.
    pub fn ads(&self) -> Result<Vec<Ad>, ClientError> {
        let mut ads = Vec::new();
        self.page("/v1/ads", |record| {
            ads.extend(ad(record));
            Ok::<_, ClientError>(())
        })?;
        Ok(ads)
    }

    /// One ad.
    pub fn ad(&self, id: &str) -> Result<Ad, ClientError> {
        self.record(Method::GET, &format!("/v1/ads/{id}"), NOTHING, ad)
    }

    /// Lets an ad be mailed.
    pub fn publish_ad(&self, id: &str) -> Result<Ad, ClientError> {
        self.record(Method::POST, &format!("/v1/ads/{id}/publish"), NOTHING, ad)
    }

    /// Mails an ad no more; its campaigns are paused.
    pub fn retire_ad(&self, id: &str) -> Result<Retired, ClientError> {
        self.ask(Method::POST, &format!("/v1/ads/{id}/retire"), NOTHING)?.json()
    }

    /// Every record of an answer, as they come.
    pub(super) fn page<E: From<ClientError>>(
        &self,
        path: &str,
        mut each: impl FnMut(Record) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut lines = self.ask(Method::GET, path, NOTHING)?.lines();
        while let Some(record) = lines.next_record()? {
            each(record)?;
        }
        Ok(())
    }

    /// Lines in, a line each out.
    fn many<T: Serialize>(&self, path: &str, items: &[T]) -> Result<Vec<Done>, ClientError> {
        let mut done = Vec::with_capacity(items.len());
        let mut body = Vec::new();
        let mut count = 0;
        for item in items {
            let line = encode(item)?;
            if body.len() + line.len() > LINES && count > 0 {
                self.some(path, std::mem::take(&mut body), count, &mut done)?;
                count = 0;
            }
            if line.len() > LINES {
                // One that is too long by itself is not the others' trouble.
                done.push(Err(ErrorRecord::new(Code::TooLarge, format!("a line has at most {LINES} bytes"))));
                continue;
            }
            body.extend(line);
            count += 1;
        }
        if count > 0 {
            self.some(path, body, count, &mut done)?;
        }
        Ok(done)
    }

    fn some(&self, path: &str, body: Vec<u8>, count: usize, done: &mut Vec<Done>) -> Result<(), ClientError> {
        let mut lines = self.send(Method::POST, path, Some(body))?.lines();
        for _ in 0..count {
            match lines.next_line::<Answer>()? {
                Some(Answer::Done(one)) => done.push(Ok(one)),
                Some(Answer::Refused(record)) => done.push(Err(record)),
                None => return Err(lines.protocol("it answered fewer lines than it was asked".to_owned())),
            }
        }
        lines.end();
        Ok(())
    }
}

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Answer {
    Done(MemberDone),
    Refused(ErrorRecord),
}

fn whose(mail: &str) -> Whose {
    Whose { mail: mail.to_owned() }
}

fn ad(record: Record) -> Option<Ad> {
    if let Record::Ad(ad) = record { Some(*ad) } else { None }
}
