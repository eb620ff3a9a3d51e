//! What stands in a consent column: yes, no, or what for.

use crate::wire::promotion::{PROMOTION, purpose};

/// What is wrong with a consent cell.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadConsent {
    /// Neither yes, no, nor the name of a purpose.
    #[error("consent {0:?} is neither yes, no, nor a purpose")]
    Word(String),
    /// Yes and no in one.
    #[error("consent says yes and no")]
    Both,
}

impl From<BadConsent> for String {
    fn from(error: BadConsent) -> Self {
        error.to_string()
    }
}

/// What people write for yes. An empty cell is neither yes nor no.
const YES: [&str; 20] = [
    "yes",
    "y",
    "o",
    "1",
    "true",
    "t",
    "on",
    "opt-in",
    "optin",
    "opt_in",
    "agreed",
    "subscribed",
    "예",
    "네",
    "동의",
    "동의함",
    "동의합니다",
    "수신",
    "수신동의",
    "수신 동의",
];
/// And for no.
const NO: [&str; 34] = [
    "no",
    "n",
    "x",
    "-",
    "–",
    "0",
    "false",
    "f",
    "off",
    "none",
    "never",
    "null",
    "n/a",
    "opt-out",
    "optout",
    "opt_out",
    "opted out",
    "opted-out",
    "withdrawn",
    "withdraw",
    "refused",
    "declined",
    "unsubscribe",
    "unsubscribed",
    "아니오",
    "아니요",
    "거부",
    "수신거부",
    "수신 거부",
    "미동의",
    "동의안함",
    "동의 안 함",
    "동의하지 않음",
    "철회",
];

/// What the words of a consent cell say yes and no to. Whoever writes a no means all that the cell could have agreed to:
/// what ads are mailed for. Purposes are in lower case.
///
/// # Errors
/// A word that is neither, or yes and no at once.
pub fn said(words: Vec<String>) -> Result<(Vec<String>, Vec<String>), BadConsent> {
    let (mut yes, mut no) = (Vec::new(), Vec::new());
    for word in words {
        let lower = word.trim().to_lowercase();
        let (list, purpose) = match lower.as_str() {
            word if YES.contains(&word) => (&mut yes, PROMOTION.to_owned()),
            word if NO.contains(&word) => (&mut no, PROMOTION.to_owned()),
            lower => (&mut yes, purpose(lower).ok_or(BadConsent::Word(word))?),
        };
        if !list.contains(&purpose) {
            list.push(purpose);
        }
    }
    if !yes.is_empty() && !no.is_empty() {
        return Err(BadConsent::Both);
    }
    Ok((yes, no))
}
