//! What is wrong with a server's certificate, and what to do about it.

/// rustls's words for it, with what to do where there is something; `ca` is how one's own certificates are named.
#[must_use]
pub fn words(why: &str, ca: &str) -> String {
    if why.contains("UnknownIssuer") {
        return format!("{why}; a certificate of your own is named with {ca}");
    }
    // As `openssl req -x509` makes them unless told otherwise.
    if why.contains("CaUsedAsEndEntity") {
        return "its certificate is one that signs others, not a server's; make a server's (with openssl req -x509: \
                -addext basicConstraints=critical,CA:FALSE)"
            .to_owned();
    }
    // What follows is rustls's insides.
    why.split_once(" {").map_or(why, |(words, _)| words).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_done_is_said() {
        for (why, due) in [
            ("invalid peer certificate: UnknownIssuer", "named with --ca"),
            ("invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))", "CA:FALSE"),
            ("certificate expired", "certificate expired"),
            ("invalid peer certificate: Other(Unsupported { id: [6, 8] })", "Other(Unsupported"),
        ] {
            assert!(words(why, "--ca").contains(due), "{why}");
        }
    }
}
