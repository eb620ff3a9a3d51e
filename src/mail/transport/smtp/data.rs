//! The message between `354` and the final dot: CRLF line ends only, leading dots doubled (RFC 5321 §4.5.2).

/// The message as it goes on the wire, ended by CRLF, without the final dot.
///
/// Every CR, LF or CRLF becomes CRLF *before* dots are doubled: a server that takes a bare LF for a line end
/// must not find a dot there that we did not (SMTP smuggling).
#[must_use]
pub fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + message.len() / 64 + 2);
    let mut rest = message;
    while !rest.is_empty() {
        let end = memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
        if rest[0] == b'.' {
            out.push(b'.');
        }
        out.extend_from_slice(&rest[..end]);
        out.extend_from_slice(b"\r\n");
        rest = match &rest[end..] {
            [b'\r', b'\n', after @ ..] | [_, after @ ..] => after,
            [] => &[],
        };
    }
    out
}

/// The same for a message that is no longer needed: most are fit for the wire as they are.
#[must_use]
pub fn into_stuffed(message: Vec<u8>) -> Vec<u8> {
    if is_fit(&message) { message } else { stuffed(&message) }
}

/// Whether every line ends in CRLF, none begins with a dot, and there is no other CR or LF.
fn is_fit(message: &[u8]) -> bool {
    let mut lines = 0;
    for at in memchr::memchr_iter(b'\n', message) {
        if at == 0 || message[at - 1] != b'\r' || message.get(at + 1) == Some(&b'.') {
            return false;
        }
        lines += 1;
    }
    message.ends_with(b"\n")
        && message.first() != Some(&b'.')
        && memchr::memchr_iter(b'\r', message).count() == lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a server makes of it.
    fn received(wire: &[u8]) -> Vec<Vec<u8>> {
        let text = wire.strip_suffix(b"\r\n").unwrap_or(wire);
        let lines = text.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        lines.map(|line| line.strip_prefix(b".").unwrap_or(line).to_vec()).collect()
    }

    #[test]
    fn a_dot_after_any_kind_of_line_end_is_doubled() {
        assert_eq!(stuffed(b"a\n.\r\nb"), b"a\r\n..\r\nb\r\n");
        assert_eq!(stuffed(b"a\r.\rb\r\n"), b"a\r\n..\r\nb\r\n");
        assert_eq!(stuffed(b".\r\n.x\r\n\r\n"), b"..\r\n..x\r\n\r\n");
        assert_eq!(stuffed(b"a\r\r\n.\n"), b"a\r\n\r\n..\r\n");
        assert_eq!(stuffed(b""), b"");
    }

    proptest! {
        #[test]
        fn nothing_on_the_wire_ends_a_message_early(message in "[a.\r\n]{0,30}") {
            let wire = stuffed(message.as_bytes());
            prop_assert!(!wire.windows(2).any(|two| (two[1] == b'\n') != (two[0] == b'\r')));
            prop_assert!(wire.first() != Some(&b'\n') && wire.last() != Some(&b'\r'));
            let mut whole = b"\r\n".to_vec();
            whole.extend_from_slice(&wire);
            prop_assert_eq!(&into_stuffed(message.clone().into_bytes()), &wire);
            prop_assert!(!whole.windows(5).any(|five| five == b"\r\n.\r\n"));
            if !message.is_empty() {
                let normal = message.replace("\r\n", "\n").replace('\r', "\n");
                let normal = normal.strip_suffix('\n').unwrap_or(&normal);
                let lines: Vec<_> = normal.split('\n').map(|line| line.as_bytes().to_vec()).collect();
                prop_assert_eq!(received(&wire), lines);
            }
        }
    }
}
