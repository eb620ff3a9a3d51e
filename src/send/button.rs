//! Chat buttons from the CH server: a port (S103), and a ticket for each recipient.

use url::Url;

use super::{Pattern, SendError};
use crate::{
    client::{Api, ClientError, api::Minted},
    mail::{address::Address, button, message_id::MessageId, text::Unstructured},
    wire::{
        Ticket,
        ask::Mint,
        limits, reach,
        record::{Chat, PortRecord, TicketRecord},
    },
};

/// Recipients of one `Mint`: with the longest addresses its line stays under 64 KiB.
const GROUP: usize = 200;
/// The longest `in_reply_to` that is sent along; the server looks at the nearest only.
const ANSWERED: usize = 20;

/// Who hands out ports and tickets: the CH server, or a test's double.
pub trait Issuer {
    /// The own port, assigned or renewed.
    ///
    /// # Errors
    /// Any [`ClientError`].
    fn port(&self) -> Result<PortRecord, ClientError>;

    /// A ticket for each recipient, in order.
    ///
    /// # Errors
    /// Any [`ClientError`].
    fn tickets(&self, mail: Mint) -> Result<Vec<TicketRecord>, ClientError>;

    /// The tickets of many mails, in order; for a mail that was refused, why.
    ///
    /// # Errors
    /// Any [`ClientError`]; then nobody has one.
    fn all_tickets(&self, mails: Vec<Mint>) -> Result<Vec<Minted>, ClientError> {
        let one = |mail| match self.tickets(mail) {
            Err(ClientError::Refused(record)) => Ok(Err(record)),
            other => other.map(Ok),
        };
        mails.into_iter().map(one).collect()
    }

    /// Whether `server`, as a mail names it, is the one that is asked.
    ///
    /// # Errors
    /// Any [`ClientError`].
    fn is(&self, server: &str) -> Result<bool, ClientError>;
}

impl Issuer for Api {
    fn port(&self) -> Result<PortRecord, ClientError> {
        self.assign_port(false)
    }

    fn tickets(&self, mail: Mint) -> Result<Vec<TicketRecord>, ClientError> {
        self.mint_one(mail)
    }

    fn all_tickets(&self, mails: Vec<Mint>) -> Result<Vec<Minted>, ClientError> {
        let mut all = Vec::with_capacity(mails.len());
        self.mint(mails, |_, minted| {
            all.push(minted);
            Ok::<_, ClientError>(())
        })?;
        Ok(all)
    }

    fn is(&self, server: &str) -> Result<bool, ClientError> {
        // The address it is asked at may be another than the one that mails name.
        Ok(same(server, self.server()) || same(server, &self.about()?.url))
    }
}

/// Whether two texts name one server.
fn same(one: &str, other: &str) -> bool {
    let plain = |text: &str| Url::parse(text).ok().map(|url| url.as_str().trim_end_matches('/').to_owned());
    plain(one).is_some_and(|one| plain(other) == Some(one))
}

/// What `CH-Host` says: the sender's latest host (S105).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum HostWish {
    /// The CH server's name: a home address does not belong into archives.
    #[default]
    Server,
    /// The name that the person set.
    Name(String),
    /// The address that the CH server sees.
    Address,
}

/// How buttons are made.
#[derive(Debug, Clone, Default)]
pub struct ButtonWish {
    /// What `CH-Host` says.
    pub host: HostWish,
    /// Who gets none.
    pub no_button_to: Vec<Pattern>,
    /// The mail that is answered.
    pub answers: Option<Answers>,
}

/// An answer's button leads into the conversation that the answered mail began.
#[derive(Debug, Clone)]
pub struct Answers {
    /// Whose mail it is: for nobody else does the button lead there.
    pub whom: Vec<Address>,
    /// The answered mail's button.
    pub chat: Option<Chat>,
    /// Its thread, itself last.
    pub ids: Vec<MessageId>,
}

/// The chat button of each recipient; `None` for those who are to get none. `visible` tells which recipients stand
/// in the header.
pub(super) fn buttons(
    issuer: &impl Issuer,
    wish: &ButtonWish,
    recipients: &[Address],
    visible: impl Fn(&Address) -> bool,
    message_id: Option<&MessageId>,
    subject: Option<&Unstructured>,
) -> Result<Vec<Option<Chat>>, SendError> {
    let gets = |to: &Address| !wish.no_button_to.iter().any(|pattern| pattern.matches(to));
    if !recipients.iter().any(gets) {
        return Ok(vec![None; recipients.len()]);
    }
    let port = issuer.port()?;
    let mint = Mint {
        message_id: message_id.map(ToString::to_string),
        subject: subject.map(|subject| {
            let text = subject.as_str();
            text[..text.floor_char_boundary(limits::SUBJECT)].to_owned()
        }),
        ..Mint::default()
    };
    // A ticket tells its recipient's place in its row. Whoever does not stand in the header gets a row of their
    // own, so that the place tells nothing of others like them; and so does everybody in an answer, because only
    // a row for one leads into a conversation.
    let (mut groups, mut together) = (Vec::new(), Vec::new());
    for (at, to) in recipients.iter().enumerate().filter(|(_, to)| gets(to)) {
        if wish.answers.is_none() && visible(to) { together.push(at) } else { groups.push(vec![at]) }
    }
    groups.extend(together.chunks(GROUP).map(<[usize]>::to_vec));
    let reply_ticket = reply_ticket(issuer, wish)?;
    let mut made = Chats::new(&port, &wish.host);
    let mut chats = vec![None; recipients.len()];
    for group in groups {
        let to: Vec<String> = group.iter().map(|at| recipients[*at].to_string()).collect();
        let mut ask = Mint { to, ..mint.clone() };
        if let Some(answers) = &wish.answers {
            let nearest = answers.ids.len().saturating_sub(ANSWERED);
            ask.in_reply_to = answers.ids[nearest..].iter().map(ToString::to_string).collect();
            let whom = recipients[group[0]].normalised();
            if answers.whom.iter().any(|address| address.normalised() == whom) {
                ask.reply_ticket.clone_from(&reply_ticket);
            }
        }
        let asked = ask.to.clone();
        let tickets = issuer.tickets(ask)?;
        if !tickets.iter().map(|ticket| &ticket.to).eq(&asked) {
            return Err(SendError::NoButton("the CH server answered for other recipients".to_owned()));
        }
        for (at, ticket) in group.into_iter().zip(tickets) {
            chats[at] = Some(made.of(ticket)?);
        }
    }
    Ok(chats)
}

/// The answered mail's ticket, if our own server made it: no other is told of it.
fn reply_ticket(issuer: &impl Issuer, wish: &ButtonWish) -> Result<Option<Ticket>, SendError> {
    let Some(chat) = wish.answers.as_ref().and_then(|answers| answers.chat.as_ref()) else { return Ok(None) };
    Ok(issuer.is(&chat.server)?.then(|| chat.ticket.clone()))
}

/// Makes buttons of tickets. One after the other leads to the same server, whose URL is looked at once.
pub(super) struct Chats<'a> {
    port: &'a PortRecord,
    wish: &'a HostWish,
    last: Option<Led>,
}

/// Where a button leads.
struct Led {
    server: String,
    host: Option<String>,
    private: bool,
}

impl<'a> Chats<'a> {
    pub(super) const fn new(port: &'a PortRecord, wish: &'a HostWish) -> Self {
        Self { port, wish, last: None }
    }

    /// The button of a ticket.
    pub(super) fn of(&mut self, minted: TicketRecord) -> Result<Chat, SendError> {
        let wrong = |what: &str| SendError::NoButton(format!("the CH server answered with {what}"));
        let of_last = |last: &Led| minted.url.strip_prefix(&last.server)?.strip_prefix("/c#")?.parse().ok();
        let ticket: Ticket = match self.last.as_ref().and_then(of_last) {
            Some(ticket) => ticket,
            None => {
                let (server, ticket) =
                    button::parse_link(&minted.url).ok_or_else(|| wrong("a link that is none"))?;
                self.last = Some(self.led(server));
                ticket
            }
        };
        if ticket != minted.ticket {
            return Err(wrong("a link for another ticket"));
        }
        let Some(led) = &self.last else { return Err(wrong("a link that is none")) };
        Ok(Chat {
            login: self.port.login.clone(),
            port: minted.port,
            host: led.host.clone(),
            server: led.server.clone(),
            ticket,
            expires: minted.expires,
            url: minted.url,
        })
    }

    /// Whether the last one leads to an address that only some can reach.
    pub(super) fn is_private(&self) -> bool {
        self.last.as_ref().is_some_and(|last| last.private)
    }

    fn led(&self, server: String) -> Led {
        let url = Url::parse(&server).ok();
        let host = match self.wish {
            HostWish::Name(name) => Some(name.clone()),
            HostWish::Address => self.port.host.clone(),
            HostWish::Server => url.as_ref().and_then(|url| url.host_str().map(str::to_owned)),
        };
        let private = url.is_some_and(|url| reach::is_private_url(&url));
        Led { server, host: host.filter(|host| button::is_host(host)), private }
    }
}
