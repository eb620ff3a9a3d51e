//! Whom a campaign is for, in words that people type: `tag:running and city:Seoul and not pressed:spring`.
//!
//! ```text
//! any   = all ("or" all)*            all  = one (("and")? one)*
//! one   = "not" one | "(" any ")" | "all" | key ":" value
//! value = a word without blanks and brackets, or "quoted"
//! ```

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::time::{DAY, HOUR, MINUTE, SECOND};

/// Every term there is, as an error and a page of help tell it.
pub const KEYS: &str = "tag:X, locale:X, mail:ADDRESS, consent:PURPOSE, joined:SPAN, and asked:, ordered:, mailed:, \
                        pressed:, chatted: with any, a SPAN or a NAME; any other KEY:X is the tag KEY:X; all, and, or, not, \
                        ( )";

/// Bytes of an expression.
pub const LENGTH: usize = 4096;
/// Terms in it.
pub const TERMS: usize = 100;
/// Brackets and `not`s inside each other.
pub const DEPTH: usize = 20;

/// Whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub enum Audience {
    /// Every member.
    All,
    /// Each of these holds.
    Both(Vec<Audience>),
    /// One of these holds.
    Either(Vec<Audience>),
    /// It does not hold.
    Not(Box<Audience>),
    /// `tag:X`, and `X:Y` for a tag of that name.
    Tag(String),
    /// `locale:ko`: the language, or the language and region.
    Locale(String),
    /// `mail:bob@example.org`.
    Mail(String),
    /// `consent:newsletter`: said yes to that purpose.
    Consent(String),
    /// `joined:30d`: a member since no longer than that (milliseconds).
    Joined(i64),
    /// `mailed:spring`, `pressed:30d`, `chatted:any`: did that.
    Did(Deed, When),
}

/// What a member can have done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deed {
    /// Asked about something.
    Asked,
    /// Was mailed, and the mail server took it.
    Mailed,
    /// Pressed a campaign's chat button.
    Pressed,
    /// Talked.
    Chatted,
    /// Bought.
    Ordered,
}

/// Which deeds count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// All.
    Ever,
    /// Those of the last so many milliseconds.
    Within(i64),
    /// Those of a campaign; for `asked` and `ordered`: about that thing.
    For(String),
}

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("audience: {0}")]
pub struct BadAudience(String);

const DEEDS: [(&str, Deed); 5] = [
    ("asked", Deed::Asked),
    ("mailed", Deed::Mailed),
    ("pressed", Deed::Pressed),
    ("chatted", Deed::Chatted),
    ("ordered", Deed::Ordered),
];

/// A span as `30d`, `12h`, `15m`, `10s`, `2y`, in milliseconds.
#[must_use]
pub fn span(text: &str) -> Option<i64> {
    let unit = text.char_indices().last()?;
    let number: i64 = text[..unit.0].parse().ok().filter(|number| *number >= 0)?;
    let length = match unit.1 {
        's' => SECOND,
        'm' => MINUTE,
        'h' => HOUR,
        'd' => DAY,
        'y' => 365 * DAY,
        _ => return None,
    };
    number.checked_mul(length)
}

impl FromStr for Audience {
    type Err = BadAudience;

    fn from_str(text: &str) -> Result<Self, BadAudience> {
        if text.len() > LENGTH {
            return Err(BadAudience(format!("longer than {LENGTH} bytes")));
        }
        let words = words(text)?;
        if words.iter().filter(|word| matches!(word, Word::Term(..))).count() > TERMS {
            return Err(BadAudience(format!("more than {TERMS} terms")));
        }
        let mut reader = Reader { words: &words, at: 0 };
        let audience = reader.any(0)?;
        match reader.peek() {
            None => Ok(audience),
            Some(word) => Err(BadAudience(format!("{word} where nothing more should be"))),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    Open,
    Close,
    Plain(String),
    Term(String, String),
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("\"(\""),
            Self::Close => f.write_str("\")\""),
            Self::Plain(word) => write!(f, "{word:?}"),
            Self::Term(key, value) => write!(f, "\"{key}:{value}\""),
        }
    }
}

fn words(text: &str) -> Result<Vec<Word>, BadAudience> {
    let mut words = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(&c) = chars.peek() {
        match c {
            '(' | ')' => {
                chars.next();
                words.push(if c == '(' { Word::Open } else { Word::Close });
            }
            _ if c.is_whitespace() => {
                chars.next();
            }
            _ => words.push(word(&mut chars)?),
        }
    }
    Ok(words)
}

fn word(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<Word, BadAudience> {
    let (mut key, mut value) = (String::new(), None);
    while let Some(&c) = chars.peek() {
        match c {
            '"' if value.as_ref().is_some_and(String::is_empty) => {
                chars.next();
                let quoted: String = chars.by_ref().take_while(|c| *c != '"').collect();
                if quoted.is_empty() {
                    return Err(BadAudience(format!("nothing after \"{key}:\"")));
                }
                return Ok(Word::Term(key, quoted));
            }
            '(' | ')' | '"' => break,
            _ if c.is_whitespace() => break,
            ':' if value.is_none() => value = Some(String::new()),
            _ => value.as_mut().unwrap_or(&mut key).push(c),
        }
        chars.next();
    }
    match value {
        Some(value) if !key.is_empty() && !value.is_empty() => Ok(Word::Term(key, value)),
        Some(_) => Err(BadAudience(format!("nothing before or after the colon of \"{key}:\""))),
        None if key.is_empty() => Err(BadAudience("a quote where no value begins".to_owned())),
        None => Ok(Word::Plain(key)),
    }
}

struct Reader<'a> {
    words: &'a [Word],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<&Word> {
        self.words.get(self.at)
    }

    fn takes(&mut self, word: &str) -> bool {
        let is_next = matches!(self.peek(), Some(Word::Plain(plain)) if plain.eq_ignore_ascii_case(word));
        self.at += usize::from(is_next);
        is_next
    }

    fn any(&mut self, depth: usize) -> Result<Audience, BadAudience> {
        let mut parts = vec![self.all(depth)?];
        while self.takes("or") {
            parts.push(self.all(depth)?);
        }
        Ok(one_or(parts, Audience::Either))
    }

    fn all(&mut self, depth: usize) -> Result<Audience, BadAudience> {
        let mut parts = vec![self.one(depth)?];
        loop {
            let says_and = self.takes("and");
            let goes_on = match self.peek() {
                Some(Word::Open | Word::Term(..)) => true,
                Some(Word::Plain(word)) => !word.eq_ignore_ascii_case("or"),
                Some(Word::Close) | None => false,
            };
            if !says_and && !goes_on {
                return Ok(one_or(parts, Audience::Both));
            }
            parts.push(self.one(depth)?);
        }
    }

    fn one(&mut self, depth: usize) -> Result<Audience, BadAudience> {
        if depth > DEPTH {
            return Err(BadAudience(format!("more than {DEPTH} brackets inside each other")));
        }
        if self.takes("not") {
            return Ok(Audience::Not(Box::new(self.one(depth + 1)?)));
        }
        if self.takes("all") {
            return Ok(Audience::All);
        }
        let next = self.peek().cloned();
        self.at += 1;
        match next {
            Some(Word::Open) => {
                let inner = self.any(depth + 1)?;
                match self.peek() {
                    Some(Word::Close) => self.at += 1,
                    _ => return Err(BadAudience("a bracket is not closed".to_owned())),
                }
                Ok(inner)
            }
            Some(Word::Term(key, value)) => term(key, value),
            Some(Word::Plain(word)) => Err(BadAudience(format!("{word:?} is no term; there are {KEYS}"))),
            Some(Word::Close) => Err(BadAudience("a bracket closes what was not opened".to_owned())),
            None => Err(BadAudience("it ends where a term should be".to_owned())),
        }
    }
}

impl Audience {
    /// The tags that it names, each once.
    #[must_use]
    pub fn tags(&self) -> Vec<String> {
        let mut tags = Vec::new();
        self.add_tags(&mut tags);
        tags
    }

    fn add_tags(&self, tags: &mut Vec<String>) {
        match self {
            Self::Both(parts) | Self::Either(parts) => parts.iter().for_each(|part| part.add_tags(tags)),
            Self::Not(part) => part.add_tags(tags),
            Self::Tag(name) if !tags.contains(name) => tags.push(name.clone()),
            _ => {}
        }
    }
}

fn one_or(mut parts: Vec<Audience>, many: impl FnOnce(Vec<Audience>) -> Audience) -> Audience {
    if parts.len() == 1 { parts.remove(0) } else { many(parts) }
}

fn term(key: String, value: String) -> Result<Audience, BadAudience> {
    let lower = key.to_ascii_lowercase();
    if let Some((_, deed)) = DEEDS.iter().find(|(name, _)| *name == lower) {
        let when = match (value.as_str(), span(&value)) {
            ("any", _) => When::Ever,
            (_, Some(span)) => When::Within(span),
            _ => When::For(value),
        };
        return Ok(Audience::Did(*deed, when));
    }
    match lower.as_str() {
        "tag" => Ok(Audience::Tag(value)),
        "locale" => Ok(Audience::Locale(value)),
        "mail" => Ok(Audience::Mail(value)),
        "consent" => Ok(Audience::Consent(value)),
        "joined" => span(&value)
            .map(Audience::Joined)
            .ok_or_else(|| BadAudience(format!("joined:{value}: a span is like 30d, 12h, 2y"))),
        _ => Ok(Audience::Tag(format!("{key}:{value}"))),
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, parts: &[Self], word: &str| {
            for (at, part) in parts.iter().enumerate() {
                if at > 0 {
                    write!(f, " {word} ")?;
                }
                if matches!(part, Self::Both(_) | Self::Either(_)) {
                    write!(f, "({part})")?;
                } else {
                    write!(f, "{part}")?;
                }
            }
            Ok(())
        };
        match self {
            Self::All => f.write_str("all"),
            Self::Both(parts) => list(f, parts, "and"),
            Self::Either(parts) => list(f, parts, "or"),
            Self::Not(part) if matches!(**part, Self::Both(_) | Self::Either(_)) => write!(f, "not ({part})"),
            Self::Not(part) => write!(f, "not {part}"),
            Self::Tag(name) => write!(f, "tag:\"{name}\""),
            Self::Locale(value) => write!(f, "locale:\"{value}\""),
            Self::Mail(value) => write!(f, "mail:\"{value}\""),
            Self::Consent(value) => write!(f, "consent:\"{value}\""),
            Self::Joined(span) => write!(f, "joined:{}s", span / SECOND),
            Self::Did(deed, when) => {
                let name = DEEDS.iter().find(|(_, each)| each == deed).map_or("asked", |(name, _)| name);
                match when {
                    When::Ever => write!(f, "{name}:any"),
                    When::Within(span) => write!(f, "{name}:{}s", span / SECOND),
                    When::For(what) => write!(f, "{name}:\"{what}\""),
                }
            }
        }
    }
}

impl TryFrom<String> for Audience {
    type Error = BadAudience;

    fn try_from(text: String) -> Result<Self, BadAudience> {
        text.parse()
    }
}

impl From<Audience> for String {
    fn from(audience: Audience) -> Self {
        audience.to_string()
    }
}

#[cfg(test)]
mod tests;
