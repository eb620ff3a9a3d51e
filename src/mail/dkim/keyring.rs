//! Public keys from a file: for `--verify` without asking the DNS.

use std::collections::HashMap;

use super::verify::Lookup;

/// Key records by their names (`SELECTOR._domainkey.DOMAIN`).
#[derive(Debug, Clone, Default)]
pub struct Keyring(HashMap<String, Vec<String>>);

/// A line that is no key record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadKeyring {
    /// The line of that number, from 1.
    #[error("line {0}: not `SELECTOR._domainkey.DOMAIN RECORD`")]
    Line(usize),
    /// The file begins with `{` and is no JSON object of strings.
    #[error("not a JSON object of names and records: {0}")]
    Json(String),
}

impl Keyring {
    /// Reads lines of a name and a record (`s1._domainkey.example.org v=DKIM1; …`), lines of a zone file (`… IN TXT "…"`, which
    /// may have several strings), or a JSON object of names and records. Empty lines and those that begin with `#` or `;`
    /// are passed over.
    ///
    /// # Errors
    /// [`BadKeyring`].
    pub fn parse(text: &str) -> Result<Self, BadKeyring> {
        let mut ring = Self::default();
        if text.trim_start().starts_with('{') {
            let keys: HashMap<String, String> =
                serde_json::from_str(text).map_err(|error| BadKeyring::Json(error.to_string()))?;
            keys.into_iter().for_each(|(name, record)| ring.put(&name, record));
            return Ok(ring);
        }
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            let (name, rest) = line
                .split_once([' ', '\t'])
                .filter(|(name, _)| name.contains("._domainkey."))
                .ok_or(BadKeyring::Line(at + 1))?;
            // The strings of a zone file are every second piece between quotes.
            let strings: String = rest.split('"').skip(1).step_by(2).collect();
            ring.put(name, if strings.is_empty() { rest.trim().to_owned() } else { strings });
        }
        Ok(ring)
    }

    fn put(&mut self, name: &str, record: String) {
        self.0.entry(name.trim_end_matches('.').to_ascii_lowercase()).or_default().push(record);
    }

    /// The records at a name.
    #[must_use]
    pub fn look_up(&self, name: &str) -> Lookup {
        self.0.get(&name.to_ascii_lowercase()).map_or(Lookup::Nothing, |found| Lookup::Found(found.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_zone_files_and_json_are_read() {
        let found = Lookup::Found(vec!["v=DKIM1; p=abcd".to_owned()]);
        for text in [
            "# mine\n\nS._domainkey.Example.org v=DKIM1; p=abcd\n",
            "s._domainkey.example.org. 3600 IN TXT ( \"v=DKIM1; p=ab\" \"cd\" )",
            "{\"s._domainkey.example.org\": \"v=DKIM1; p=abcd\"}",
        ] {
            let ring = Keyring::parse(text);
            assert_eq!(
                ring.map(|ring| ring.look_up("s._domainkey.example.org")),
                Ok(found.clone()),
                "{text}"
            );
        }
        assert_eq!(Keyring::parse("\nexample.org v=DKIM1").err(), Some(BadKeyring::Line(2)));
        assert!(matches!(Keyring::parse("{\"a\": 1}"), Err(BadKeyring::Json(_))));
        assert_eq!(Keyring::parse("").map(|ring| ring.look_up("x")), Ok(Lookup::Nothing));
    }
}
