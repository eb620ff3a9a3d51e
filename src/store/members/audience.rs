//! An audience as SQL: a condition on `member m`, and its values.

use rusqlite::types::Value;

use super::{Db, Result};
use crate::wire::{
    Audience, Time,
    audience::{Deed, When},
};

/// A condition on `member m`.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::store) struct Condition {
    /// With a `?` for each value.
    pub sql: String,
    /// What they are.
    pub values: Vec<Value>,
}

impl Db<'_> {
    /// Who is meant, as of `now`. The text is made of ours alone; whatever people typed is a value.
    pub(in crate::store) fn condition(&self, audience: &Audience, now: Time) -> Result<Condition> {
        let mut condition = Condition { sql: String::new(), values: Vec::new() };
        self.write_condition(audience, now, &mut condition)?;
        Ok(condition)
    }

    fn write_condition(&self, audience: &Audience, now: Time, to: &mut Condition) -> Result<()> {
        match audience {
            Audience::All => to.sql.push('1'),
            Audience::Both(parts) => self.write_list(parts, " AND ", now, to)?,
            Audience::Either(parts) => self.write_list(parts, " OR ", now, to)?,
            Audience::Not(part) => {
                to.sql.push_str("NOT ");
                to.sql.push('(');
                self.write_condition(part, now, to)?;
                to.sql.push(')');
            }
            Audience::Tag(name) => {
                // A tag that nobody has is nobody's.
                to.sql.push_str("EXISTS (SELECT 1 FROM tagged WHERE tag = ? AND member = m.row)");
                to.values.push(Value::Integer(self.tag_row(name)?.unwrap_or(-1)));
            }
            Audience::Locale(locale) => {
                to.sql.push_str("(lower(m.locale) = ? OR substr(lower(m.locale), 1, ?) = ?)");
                let locale = locale.to_lowercase().replace('_', "-");
                let prefix = format!("{locale}-");
                to.values.push(Value::Text(locale));
                to.values.push(Value::Integer(i64::try_from(prefix.chars().count()).unwrap_or(i64::MAX)));
                to.values.push(Value::Text(prefix));
            }
            Audience::Mail(mail) => {
                to.sql.push_str("m.row = ?");
                to.values.push(Value::Integer(self.member_row(mail)?.map_or(-1, i64::from)));
            }
            Audience::Consent(purpose) => {
                to.sql.push_str(
                    "EXISTS (SELECT 1 FROM consent WHERE member = m.row AND purpose = ? AND given = 1)",
                );
                to.values.push(Value::Text(purpose.trim().to_lowercase()));
            }
            Audience::Joined(span) => {
                to.sql.push_str("m.created >= ?");
                to.values.push(Value::Integer(now.plus(-span).0));
            }
            Audience::Did(deed, when) => self.write_deed(*deed, when, now, to),
        }
        Ok(())
    }

    fn write_list(&self, parts: &[Audience], word: &str, now: Time, to: &mut Condition) -> Result<()> {
        to.sql.push('(');
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                to.sql.push_str(word);
            }
            self.write_condition(part, now, to)?;
        }
        to.sql.push(')');
        Ok(())
    }

    fn write_deed(&self, deed: Deed, when: &When, now: Time, to: &mut Condition) {
        let campaign = "(SELECT mail FROM campaign WHERE name = ?)";
        let (from, campaign_column, at) = match deed {
            Deed::Mailed => ("FROM delivery d WHERE d.member = m.row AND d.state = 3", "d.campaign", "d.at"),
            Deed::Pressed => (
                "FROM delivery d JOIN conversation c ON c.mail = d.campaign AND c.recipient = d.member
                 WHERE d.member = m.row AND c.first = 1",
                "d.campaign",
                "c.touched",
            ),
            Deed::Chatted => (
                "FROM delivery d JOIN conversation c ON c.mail = d.campaign AND c.recipient = d.member
                 WHERE d.member = m.row AND c.first = 1
                 AND (EXISTS (SELECT 1 FROM call WHERE conversation = c.row AND state IN (1, 2))
                 OR EXISTS (SELECT 1 FROM line WHERE conversation = c.row AND side = 0)
                 AND EXISTS (SELECT 1 FROM line WHERE conversation = c.row AND side = 1))",
                "d.campaign",
                "c.touched",
            ),
            Deed::Asked => ("FROM event e WHERE e.member = m.row AND e.kind = 0", "", "e.at"),
            Deed::Ordered => ("FROM event e WHERE e.member = m.row AND e.kind = 1", "", "e.at"),
        };
        to.sql.push_str("EXISTS (SELECT 1 ");
        to.sql.push_str(from);
        match when {
            When::Ever => {}
            When::Within(span) => {
                to.sql.push_str(" AND ");
                to.sql.push_str(at);
                to.sql.push_str(" >= ?");
                to.values.push(Value::Integer(now.plus(-span).0));
            }
            When::For(what) if campaign_column.is_empty() => {
                to.sql.push_str(" AND e.about = ?");
                to.values.push(Value::Blob(self.keys.index("event.about", what)));
            }
            When::For(name) => {
                to.sql.push_str(" AND ");
                to.sql.push_str(campaign_column);
                to.sql.push_str(" = ");
                to.sql.push_str(campaign);
                to.values.push(Value::Text(name.clone()));
            }
        }
        to.sql.push(')');
    }
}
