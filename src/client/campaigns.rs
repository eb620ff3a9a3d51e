//! Every question about campaigns, typed.

use ureq::http::Method;
use url::form_urlencoded;

use super::{
    Api, ClientError,
    api::{Marks, NOTHING, encode},
    promotion::{Each, LINES},
};
use crate::wire::{
    Record, Ticket,
    ask::{Mark, Unsubscribe},
    campaigns::{
        Claimed, Delivery, Ended, LetterParts, Locales, Plan, Planned, Preview, Resent, Settled, Take, Taken,
        Turn, Turned, parse_reference,
    },
    promotion::Campaign,
    record::Sent,
    report::Report,
};

impl Api {
    /// Plans a campaign.
    pub fn plan(&self, ask: &Plan) -> Result<Planned, ClientError> {
        self.ask(Method::POST, "/v1/campaigns", Some(ask))?.json()
    }

    /// Every campaign, the latest first.
    pub fn campaigns(&self) -> Result<Vec<Campaign>, ClientError> {
        self.some_campaigns("/v1/campaigns")
    }

    /// Those that have something to mail now, and were started or have a time of their own.
    pub fn due_campaigns(&self) -> Result<Vec<Campaign>, ClientError> {
        self.some_campaigns("/v1/campaigns?due=true")
    }

    fn some_campaigns(&self, path: &str) -> Result<Vec<Campaign>, ClientError> {
        let mut campaigns = Vec::new();
        self.page(path, |record| {
            campaigns.extend(campaign(record));
            Ok::<_, ClientError>(())
        })?;
        Ok(campaigns)
    }

    /// One campaign.
    pub fn campaign(&self, name: &str) -> Result<Campaign, ClientError> {
        self.record(Method::GET, &path(name, ""), NOTHING, campaign)
    }

    /// `pause`, `resume` or `cancel`.
    pub fn change_campaign(&self, name: &str, verb: &str) -> Result<Campaign, ClientError> {
        self.record(Method::POST, &path(name, verb), NOTHING, campaign)
    }

    /// What came of a campaign.
    pub fn report(&self, name: &str) -> Result<Report, ClientError> {
        self.record(Method::GET, &path(name, "report"), NOTHING, report)
    }

    /// Gives an `unsubscribe` ticket back that came by mail.
    pub fn unsubscribe(&self, ticket: &Ticket) -> Result<(), ClientError> {
        self.done(Method::POST, "/v1/unsubscribe", Some(&Unsubscribe { ticket: ticket.clone() }))
    }

    /// What every mail of a campaign is written with.
    pub fn letter(&self, name: &str) -> Result<LetterParts, ClientError> {
        self.ask(Method::GET, &path(name, "letter"), NOTHING)?.json()
    }

    /// One member's mail, without a claim.
    pub fn preview(&self, name: &str, ask: &Preview) -> Result<Delivery, ClientError> {
        self.ask(Method::POST, &path(name, "preview"), Some(ask))?.json()
    }

    /// The locales of a campaign's members, 20 at most.
    pub fn locales(&self, name: &str) -> Result<Vec<String>, ClientError> {
        Ok(self.ask(Method::GET, &path(name, "locales"), NOTHING)?.json::<Locales>()?.locales)
    }

    /// Begins a claim; those that this device had end.
    pub fn claim(&self, name: &str) -> Result<Claimed, ClientError> {
        self.ask(Method::POST, &path(name, "claims"), NOTHING)?.json()
    }

    /// Deliveries for a claim.
    pub fn take(&self, name: &str, ask: &Take) -> Result<Taken, ClientError> {
        self.ask(Method::POST, &path(name, "take"), Some(ask))?.json()
    }

    /// This device's claims are alive.
    pub fn alive(&self, name: &str) -> Result<Ended, ClientError> {
        self.ask(Method::POST, &path(name, "alive"), NOTHING)?.json()
    }

    /// This device is done with its claims.
    pub fn end(&self, name: &str) -> Result<Ended, ClientError> {
        self.ask(Method::POST, &path(name, "end"), NOTHING)?.json()
    }

    /// What became of deliveries: durable when this returns.
    pub fn settle(&self, name: &str, receipts: &[Sent]) -> Result<Settled, ClientError> {
        let mut all = Settled { news: 0, foreign: 0 };
        let mut body = Vec::new();
        let mut send = |body: &mut Vec<u8>| -> Result<(), ClientError> {
            let body = std::mem::take(body);
            if !body.is_empty() {
                let settled: Settled =
                    self.send(Method::POST, &path(name, "outcomes"), Some(body))?.json()?;
                all.news += settled.news;
                all.foreign += settled.foreign;
            }
            Ok(())
        };
        for receipt in receipts {
            let line = encode(&Record::Sent(receipt.clone()))?;
            if body.len() + line.len() > LINES {
                send(&mut body)?;
            }
            body.extend(line);
        }
        send(&mut body)?;
        Ok(all)
    }

    /// What became of deliveries, and marks for the next ones: durable when this returns. For each mark, in order, whether
    /// it may go.
    pub fn turn(&self, name: &str, sent: &[Sent], marks: &[Mark]) -> Result<(Settled, Marks), ClientError> {
        let body = encode(&Turn { sent: sent.to_vec(), marks: marks.to_vec() })?;
        if body.len() > LINES {
            return Ok((self.settle(name, sent)?, self.mark(marks)?));
        }
        let answer = self.send(Method::POST, &path(name, "turn"), Some(body))?;
        let Turned { settled, marks: told } = answer.json()?;
        let told: Option<Marks> = told
            .into_iter()
            .zip(marks)
            .map(|(record, asked)| match record {
                Record::Mark(mark) if mark.ticket == asked.ticket => Some(Ok(())),
                Record::Error(record) => Some(Err(record)),
                _ => None,
            })
            .collect();
        match told {
            Some(told) if told.len() == marks.len() => Ok((settled, told)),
            _ => Err(ClientError::Protocol {
                server: self.server().to_owned(),
                why: "it did not answer for each mark in turn".to_owned(),
                status: None,
            }),
        }
    }

    /// Unknown deliveries go again.
    pub fn resend(&self, name: &str) -> Result<u64, ClientError> {
        Ok(self.ask(Method::POST, &path(name, "resend"), NOTHING)?.json::<Resent>()?.count)
    }

    /// Every delivery of which nobody can say what became.
    pub fn unknown<E: From<ClientError>>(&self, name: &str, each: Each<'_, Sent, E>) -> Result<(), E> {
        let mut after = 0;
        loop {
            let before = after;
            self.page(&format!("{}?after={after}", path(name, "unknown")), |record| {
                if let Record::Sent(sent) = record {
                    after = sent
                        .reference
                        .as_deref()
                        .and_then(parse_reference)
                        .map_or(after, |(.., member)| member);
                    each(sent)?;
                }
                Ok::<_, E>(())
            })?;
            if after == before {
                return Ok(());
            }
        }
    }

    /// What came of all campaigns of an ad.
    pub fn ad_report(&self, id: &str) -> Result<Report, ClientError> {
        self.record(Method::GET, &format!("/v1/ads/{id}/report"), NOTHING, report)
    }
}

/// A campaign's name has nothing that a path would have to encode, or the server has no such campaign.
fn path(name: &str, verb: &str) -> String {
    let name: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let slash = if verb.is_empty() { "" } else { "/" };
    format!("/v1/campaigns/{name}{slash}{verb}")
}

fn report(record: Record) -> Option<Report> {
    if let Record::Report(report) = record { Some(*report) } else { None }
}

fn campaign(record: Record) -> Option<Campaign> {
    if let Record::Campaign(campaign) = record { Some(*campaign) } else { None }
}
