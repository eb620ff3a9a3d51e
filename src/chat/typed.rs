//! What a person types in the plain face: lines, and commands that begin with a slash.

/// One typed line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
    /// Say it.
    Text(String),
    /// `/answer [N]`.
    Answer(Option<usize>),
    /// `/decline [N]`.
    Decline(Option<usize>),
    /// `/bye`.
    Bye,
    /// `/quit`.
    Quit,
    /// `/help`.
    Help,
    /// Something with a slash that is no command.
    Unknown(String),
}

/// The commands, in a line.
pub const HELP: &str = "a line typed is a line said; /answer [N], /decline [N], /bye, /quit; //… says /…";

/// Reads a line without its line break. On a terminal an unknown command is a mistake; in a pipe it is text, so that
/// nothing a script says is swallowed. `//` at the beginning says a slash.
#[must_use]
pub fn parse(line: &str, terminal: bool) -> Option<Typed> {
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.trim().is_empty() {
        return None;
    }
    if line.starts_with("//") {
        return Some(Typed::Text(line[1..].to_owned()));
    }
    if !line.starts_with('/') {
        return Some(Typed::Text(line.to_owned()));
    }
    let mut words = line.split_whitespace();
    let command = words.next().unwrap_or_default();
    let number = words.next().map(str::parse::<usize>);
    let alone = number.is_none();
    let one = words.next().is_none() && !matches!(number, Some(Err(_)));
    let number = number.and_then(Result::ok);
    Some(match command {
        "/answer" if one => Typed::Answer(number),
        "/decline" if one => Typed::Decline(number),
        "/bye" if alone => Typed::Bye,
        "/quit" if alone => Typed::Quit,
        "/help" if alone => Typed::Help,
        _ if terminal => Typed::Unknown(command.to_owned()),
        _ => Typed::Text(line.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_typed_is_a_line_said_and_a_command_is_not() {
        let text = |text: &str| Some(Typed::Text(text.into()));
        assert_eq!(parse("hello /quit", true), text("hello /quit"));
        assert_eq!(parse(" /quit", true), text(" /quit"));
        assert_eq!(parse("//quit", true), text("/quit"));
        assert_eq!(parse("hello\r", true), text("hello"));
        assert_eq!(parse("  ", true), None);
        assert_eq!(parse("/answer", true), Some(Typed::Answer(None)));
        assert_eq!(parse("/answer 2", false), Some(Typed::Answer(Some(2))));
        assert_eq!(parse("/decline 12 ", false), Some(Typed::Decline(Some(12))));
        assert_eq!(parse("/bye", true), Some(Typed::Bye));
    }

    #[test]
    fn what_is_no_command_is_a_mistake_on_a_terminal_and_text_in_a_pipe() {
        for line in ["/etc/passwd", "/bye now", "/answer me", "/answer 1 2", "/answer -1", "/"] {
            assert_eq!(parse(line, false), Some(Typed::Text(line.into())), "{line}");
            assert!(matches!(parse(line, true), Some(Typed::Unknown(_))), "{line}");
        }
    }
}
