//! Frames on standard input, in the face of records. What is obvious may be left out: `v`, a line's `id`, and the
//! call or conversation that is going on.

use serde_json::{Map, Value};

use super::course::{Here, Said, call_id, line_id};
use crate::wire::{self, frame::ClientFrame, record::Presence, secret::NoRandom};

/// One frame read.
#[derive(Debug, PartialEq)]
pub enum Framed {
    /// A whole frame.
    Frame(ClientFrame),
    /// A line that names no conversation, and there is none yet.
    Said(Said),
}

/// Why a line of input is no frame.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFrame {
    /// Not a JSON object.
    #[error("not a frame: {0} (for lines as you would type them: --text)")]
    NoObject(String),
    /// Of another version.
    #[error("version {0} is not ours")]
    Version(Value),
    /// A field is missing or wrong.
    #[error("{0}")]
    Fields(String),
    /// A frame that is ch-chat's own to say.
    #[error("{0} is not yours to say")]
    Reserved(String),
    /// A type that nobody knows.
    #[error("there is no frame of type {0:?}")]
    Unknown(String),
    /// No call to which it could apply.
    #[error("{0}: there is no such call now; name it")]
    NoCall(String),
    /// No conversation to which it could apply.
    #[error("{0}: there is no conversation yet; name it")]
    NoConversation(String),
    /// The system gives no ids.
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
}

/// Reads one line.
///
/// # Errors
/// [`BadFrame`].
pub fn parse(line: &str, here: &Here) -> Result<Framed, BadFrame> {
    let mut fields: Map<String, Value> =
        serde_json::from_str(line).map_err(|error| BadFrame::NoObject(error.to_string()))?;
    if let Some(v) = fields.get("v").filter(|v| **v != wire::VERSION) {
        return Err(BadFrame::Version(v.clone()));
    }
    let kind = match fields.get("type") {
        Some(Value::String(kind)) => kind.clone(),
        _ => return Err(BadFrame::Fields("a frame has a type".into())),
    };
    let is_missing = |fields: &Map<String, Value>, name: &str| fields.get(name).is_none_or(Value::is_null);
    match kind.as_str() {
        "hello" => return Err(BadFrame::Reserved(kind)),
        "line" if is_missing(&fields, "id") => put(&mut fields, "id", line_id()?),
        "invite" if is_missing(&fields, "call") => put(&mut fields, "call", call_id()?),
        "answer" | "decline" | "ringing" if is_missing(&fields, "call") => {
            put(&mut fields, "call", here.rings.clone().ok_or_else(|| BadFrame::NoCall(kind.clone()))?);
        }
        "cancel" if is_missing(&fields, "call") => {
            put(&mut fields, "call", here.call.clone().ok_or_else(|| BadFrame::NoCall(kind.clone()))?);
        }
        "bye" if is_missing(&fields, "call") && is_missing(&fields, "conversation") => {
            put(&mut fields, "call", here.call.clone().ok_or_else(|| BadFrame::NoCall(kind.clone()))?);
        }
        _ => {}
    }
    if matches!(kind.as_str(), "line" | "ack" | "typing" | "history") && is_missing(&fields, "conversation") {
        match &here.conversation {
            Some(conversation) => put(&mut fields, "conversation", conversation.clone()),
            None if kind == "line" => return unplaced(fields),
            None => return Err(BadFrame::NoConversation(kind)),
        }
    }
    match serde_json::from_value(Value::Object(fields)) {
        Ok(ClientFrame::Unknown) => Err(BadFrame::Unknown(kind)),
        Ok(ClientFrame::Line { text: None, sealed: None, .. }) => {
            Err(BadFrame::Fields("a line has a text".into()))
        }
        // A reader lets values pass that it does not know; what a person says of themselves is one of these.
        Ok(ClientFrame::Presence { state: Presence::On | Presence::Unknown }) => {
            Err(BadFrame::Fields("presence: a state is online, busy, away or off".into()))
        }
        Ok(frame) => Ok(Framed::Frame(frame)),
        Err(error) => Err(BadFrame::Fields(format!("{kind}: {error}"))),
    }
}

fn put(fields: &mut Map<String, Value>, name: &str, value: impl Into<String>) {
    fields.insert(name.to_owned(), Value::String(value.into()));
}

/// A line to a conversation that is not known yet: any will do to read the rest of it.
fn unplaced(mut fields: Map<String, Value>) -> Result<Framed, BadFrame> {
    put(&mut fields, "conversation", "-");
    match serde_json::from_value(Value::Object(fields)) {
        Ok(ClientFrame::Line { id, text, sealed, .. }) if text.is_some() || sealed.is_some() => {
            Ok(Framed::Said(Said { id, text, sealed }))
        }
        Ok(_) => Err(BadFrame::Fields("a line has a text".into())),
        Err(error) => Err(BadFrame::Fields(format!("line: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use proptest::prelude::*;

    use super::*;

    fn here() -> Here {
        Here {
            conversation: Some("c".parse().unwrap()),
            rings: Some("r".parse().unwrap()),
            call: Some("k".parse().unwrap()),
        }
    }

    fn frame(line: &str) -> ClientFrame {
        match parse(line, &here()) {
            Ok(Framed::Frame(frame)) => frame,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn what_is_obvious_may_be_left_out() {
        assert_eq!(frame("{\"type\":\"cancel\"}"), ClientFrame::Cancel { call: "k".parse().unwrap() });
        assert_eq!(frame("{\"type\":\"answer\"}"), ClientFrame::Answer { call: "r".parse().unwrap() });
        let bye = ClientFrame::Bye { call: Some("k".parse().unwrap()), conversation: None };
        assert_eq!(frame("{\"type\":\"bye\"}"), bye);
        let ClientFrame::Line { conversation, text, .. } = frame("{\"type\":\"line\",\"text\":\"hello\"}")
        else {
            panic!()
        };
        assert_eq!((conversation.as_str(), text.as_deref()), ("c", Some("hello")));
    }

    #[test]
    fn what_is_named_is_taken() {
        let line =
            "{\"v\":1,\"type\":\"line\",\"conversation\":\"d\",\"id\":\"7\",\"text\":\"x\",\"more\":1}";
        let ClientFrame::Line { conversation, id, .. } = frame(line) else { panic!() };
        assert_eq!((conversation.as_str(), id.as_str()), ("d", "7"));
        let ack = frame("{\"type\":\"ack\",\"received\":3}");
        assert!(matches!(ack, ClientFrame::Ack { received: Some(3), .. }));
    }

    #[test]
    fn a_line_before_there_is_a_conversation_waits_for_one() {
        let said = parse("{\"type\":\"line\",\"text\":\"x\"}", &Here::default()).unwrap();
        assert!(matches!(said, Framed::Said(Said { text: Some(text), .. }) if text == "x"));
    }

    #[test]
    fn what_is_no_frame_says_why() {
        for (line, wrong) in [
            ("", "not a frame"),
            ("hello", "not a frame"),
            ("[]", "not a frame"),
            ("{}", "a frame has a type"),
            ("{\"type\":7}", "a frame has a type"),
            ("{\"v\":2,\"type\":\"line\"}", "version 2"),
            ("{\"type\":\"hello\"}", "not yours"),
            ("{\"type\":\"shout\"}", "no frame of type"),
            ("{\"type\":\"line\"}", "a line has a text"),
            ("{\"type\":\"line\",\"text\":1}", "line: "),
            ("{\"type\":\"presence\",\"state\":\"asleep\"}", "presence: "),
        ] {
            let error = parse(line, &here()).unwrap_err().to_string();
            assert!(error.contains(wrong), "{line}: {error}");
        }
        let nothing = Here::default();
        assert!(matches!(parse("{\"type\":\"bye\"}", &nothing), Err(BadFrame::NoCall(_))));
        assert!(matches!(
            parse("{\"type\":\"typing\",\"state\":true}", &nothing),
            Err(BadFrame::NoConversation(_))
        ));
    }

    proptest! {
        #[test]
        fn whatever_comes_in_is_a_frame_or_an_error(
            text in ".{0,80}",
            kind in "(hello|line|invite|answer|bye|cancel|ack|typing|history|presence|seen|x)",
            key in "(call|conversation|id|text|v|state|notices)",
            value in r#"(null|1|-1|1e999|"x"|""|\[\]|\{\}|true)"#,
        ) {
            let nobody = Here::default();
            let _ = parse(&text, &nobody);
            for here in [here(), nobody] {
                let _ = parse(&format!(r#"{{"type":"{kind}","{key}":{value}}}"#), &here);
            }
        }
    }
}
