//! What can be wrong with a mail or its chat button, each beginning with a phrase that scripts may rely on.

use std::fmt;

use crate::wire::{LoginId, Port, Time, display::clean};

/// One thing that is wrong. Its text (`Display`) begins with a phrase of [`Problem::ALL`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// No `CH-*` field at all.
    NoButton,
    /// `CH-Ticket` stands more than once.
    TwoTickets,
    /// Another field of the button stands more than once.
    TwoFields(&'static str),
    /// These fields of the button are missing.
    Incomplete(Vec<&'static str>),
    /// `CH-Ticket` holds no ticket.
    DamagedTicket,
    /// Another field of the button does not hold what it should.
    DamagedField(&'static str),
    /// The ticket is good for something else than a chat.
    NotAChatTicket,
    /// The ticket says that its time is over.
    Expired(Time),
    /// `CH-Port` names one port, the ticket another.
    PortDisagrees {
        /// What the field says.
        field: Port,
        /// What the ticket says.
        ticket: Port,
    },

    /// More bytes than a mail may have; only its header was read.
    TooLarge(usize),
    /// The header block is longer than the limit; the rest of it was not read.
    HeaderTooLong(usize),
    /// More header fields than the limit; the further ones were not read.
    TooManyFields(usize),
    /// A header field longer than the limit; it was cut there.
    FieldTooLong(usize),
    /// More parts than the limit; the further ones were not read.
    TooManyParts(usize),
    /// Multiparts in one another deeper than the limit; the deeper ones were not opened.
    TooDeep(usize),
    /// A field with more MIME parameters than the limit; the further ones were not read.
    TooManyParameters(usize),
    /// A field with more encoded words than the limit; the further ones were not decoded.
    TooManyWords(usize),
    /// More text than a record carries; it was cut there.
    TextTooLong(usize),
    /// A charset that nobody knows; what it is was guessed.
    UnknownCharset(String),
    /// No header field before the body, or no body and no header field at all.
    NoHeaders,
    /// Header lines that are no fields, a field that may stand once and does not, a multipart without an end.
    DamagedStructure(&'static str),
    /// A CR that no LF follows (RFC 5322 §2.3 forbids it).
    BareCr,
    /// A NUL byte (RFC 5322 §4 forbids it).
    Nul,

    /// No `DKIM-Signature`.
    Unsigned,
    /// A signature that proves nothing.
    BadSignature {
        /// Whose it says it is.
        domain: String,
        /// What is wrong with it.
        why: String,
    },
    /// A signature whose key could not be looked up.
    Unverified {
        /// Whose it says it is.
        domain: String,
        /// Why not.
        why: String,
    },
    /// More signatures than the limit; the further ones were not checked.
    TooManySignatures(usize),
    /// A signature covers only the beginning of the body (`l=`).
    BodyPartlySigned,
    /// No signature that holds is of `From`'s domain or one above it.
    NotSignedByFrom,
    /// No such signature covers the button's fields.
    ButtonNotSigned,

    /// The CH server has not seen the login's address confirmed.
    Unconfirmed,
    /// The mail's `From` is not the address of the login.
    AnotherFrom,
    /// The ticket rings somebody else than `CH-Login-ID` says.
    AnotherLogin(LoginId),
    /// The sender withdrew the button.
    Withdrawn,
    /// The CH server does not know the ticket.
    UnknownButton,
    /// The CH server could not be asked.
    Unresolved(String),
}

impl Problem {
    /// Every phrase with its meaning, in the order of the documentation.
    pub const ALL: &[(&str, &str)] = &[
        ("no button", "the header has no CH-* field at all"),
        ("incomplete button", "some CH-* fields are there, these are missing"),
        ("two tickets", "CH-Ticket stands more than once, so there is no button"),
        (
            "two CH-",
            "this field stands more than once; there is no button, unless it is CH-Host, which is dropped",
        ),
        ("damaged ticket", "CH-Ticket holds no ticket, so there is no button"),
        (
            "damaged CH-",
            "this field does not hold what it should; there is no button, unless it is CH-Host, which is dropped",
        ),
        ("not a chat ticket", "the ticket is good for something else than a chat"),
        ("expired ticket", "the ticket says that its time is over"),
        ("port and ticket disagree", "CH-Port names one port, the ticket another"),
        ("too large", "more bytes than the limit; only the header was read"),
        ("header too long", "the header block is longer than the limit; the rest of it was not read"),
        ("too many header fields", "more than the limit; the further ones were not read"),
        ("field too long", "a header field longer than the limit; it was cut there"),
        ("too many parts", "more parts than the limit; the further ones were not read"),
        ("nested too deep", "multiparts in one another beyond the limit; the deeper ones were not opened"),
        (
            "too many parameters",
            "a MIME field with more parameters than the limit; the further ones were not read",
        ),
        (
            "too many encoded words",
            "a header field with more than the limit; the further ones were not decoded",
        ),
        ("text too long", "more text than a record carries; it was cut there"),
        ("unknown charset", "text in a charset that nobody knows; what it is was guessed"),
        ("no headers", "nothing before the body is a header field"),
        (
            "damaged structure",
            "header lines that are no fields, two From fields, a multipart without its boundary, parts or end",
        ),
        ("bare CR", "a CR that no LF follows"),
        ("NUL", "a NUL byte"),
        ("unsigned", "(--verify) the mail bears no DKIM signature"),
        ("bad signature", "(--verify) a DKIM signature does not hold: whose, and why"),
        (
            "unverified signature",
            "(--verify) a DKIM signature's key could not be looked up now: whose, and why",
        ),
        ("too many signatures", "(--verify) more than the limit; the further ones were not checked"),
        ("body partly signed", "(--verify) a signature covers only the beginning of the body"),
        (
            "not signed by From",
            "(--verify) no signature that holds is of the domain of From, or one above it",
        ),
        (
            "button not signed",
            "(--verify) no such signature covers the CH-* fields: anybody on the way may have put them in",
        ),
        ("unconfirmed address", "(--resolve) the login's address was never confirmed"),
        ("another From", "(--resolve) the mail's From is not the login's address"),
        ("another login", "(--resolve) the ticket rings another login than CH-Login-ID says"),
        ("withdrawn button", "(--resolve) the sender withdrew it"),
        ("unknown button", "(--resolve) the CH server does not know the ticket"),
        ("unresolved", "(--resolve) the CH server could not be asked, and why"),
    ];
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoButton => f.write_str("no button"),
            Self::Incomplete(missing) => write!(f, "incomplete button: no {}", missing.join(", no ")),
            Self::TwoTickets => f.write_str("two tickets"),
            Self::TwoFields(field) => write!(f, "two {field} fields"),
            Self::DamagedTicket => f.write_str("damaged ticket"),
            Self::DamagedField(field) => write!(f, "damaged {field}"),
            Self::NotAChatTicket => f.write_str("not a chat ticket"),
            Self::Expired(at) => write!(f, "expired ticket: since {at}"),
            Self::PortDisagrees { field, ticket } => {
                write!(f, "port and ticket disagree: {field} and {ticket}")
            }
            Self::TooLarge(limit) => write!(f, "too large: more than {limit} bytes"),
            Self::HeaderTooLong(limit) => write!(f, "header too long: more than {limit} bytes"),
            Self::TooManyFields(limit) => write!(f, "too many header fields: more than {limit}"),
            Self::FieldTooLong(limit) => write!(f, "field too long: more than {limit} bytes"),
            Self::TooManyParts(limit) => write!(f, "too many parts: more than {limit}"),
            Self::TooDeep(limit) => write!(f, "nested too deep: more than {limit} levels"),
            Self::TooManyParameters(limit) => {
                write!(f, "too many parameters: more than {limit} in one field")
            }
            Self::TooManyWords(limit) => write!(f, "too many encoded words: more than {limit} in one field"),
            Self::TextTooLong(limit) => write!(f, "text too long: more than {limit} bytes"),
            Self::UnknownCharset(label) => write!(f, "unknown charset: {}", clean(label)),
            Self::NoHeaders => f.write_str("no headers"),
            Self::DamagedStructure(what) => write!(f, "damaged structure: {what}"),
            Self::BareCr => f.write_str("bare CR"),
            Self::Nul => f.write_str("NUL byte"),
            Self::Unsigned => f.write_str("unsigned"),
            Self::BadSignature { domain, why } => write!(f, "bad signature: of {domain}: {why}"),
            Self::Unverified { domain, why } => write!(f, "unverified signature: of {domain}: {why}"),
            Self::TooManySignatures(limit) => write!(f, "too many signatures: more than {limit}"),
            Self::BodyPartlySigned => f.write_str("body partly signed"),
            Self::NotSignedByFrom => f.write_str("not signed by From"),
            Self::ButtonNotSigned => f.write_str("button not signed"),
            Self::Unconfirmed => f.write_str("unconfirmed address"),
            Self::AnotherFrom => f.write_str("another From"),
            Self::AnotherLogin(login) => write!(f, "another login: the button rings {login}"),
            Self::Withdrawn => f.write_str("withdrawn button"),
            Self::UnknownButton => f.write_str("unknown button"),
            Self::Unresolved(why) => write!(f, "unresolved: {why}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_begins_with_a_phrase_of_the_list() {
        let port = Port::at_least_one(1);
        let every = [
            Problem::NoButton,
            Problem::TwoTickets,
            Problem::TwoFields("CH-Port"),
            Problem::Incomplete(vec!["CH-Port", "CH-Server"]),
            Problem::DamagedTicket,
            Problem::DamagedField("CH-Host"),
            Problem::NotAChatTicket,
            Problem::Expired(Time(0)),
            Problem::PortDisagrees { field: port, ticket: port },
            Problem::TooLarge(1),
            Problem::HeaderTooLong(1),
            Problem::TooManyFields(1),
            Problem::FieldTooLong(1),
            Problem::TooManyParts(1),
            Problem::TooDeep(1),
            Problem::TooManyParameters(1),
            Problem::TooManyWords(1),
            Problem::TextTooLong(1),
            Problem::NoHeaders,
            Problem::DamagedStructure("x"),
            Problem::BareCr,
            Problem::Nul,
            Problem::Unsigned,
            Problem::BadSignature { domain: "d".to_owned(), why: "x".to_owned() },
            Problem::Unverified { domain: "d".to_owned(), why: "x".to_owned() },
            Problem::TooManySignatures(1),
            Problem::BodyPartlySigned,
            Problem::NotSignedByFrom,
            Problem::ButtonNotSigned,
            Problem::Unconfirmed,
            Problem::AnotherFrom,
            Problem::Withdrawn,
            Problem::UnknownButton,
            Problem::Unresolved("x".to_owned()),
        ];
        for problem in every {
            let text = problem.to_string();
            assert!(Problem::ALL.iter().any(|(phrase, _)| text.starts_with(phrase)), "{text}");
        }
    }
}
