//! Tags: what members are sorted by. A tag's name is sealed; a member's tags are numbers.

use rusqlite::params;

use super::{Db, Result, Store};

impl Store {
    /// Those of some tags that no member has.
    pub async fn tags_nobody_has(&self, tags: Vec<String>) -> Result<Vec<String>> {
        self.read(move |db| {
            let mut unknown = Vec::new();
            for tag in tags {
                let any = match db.tag_row(&tag)? {
                    Some(row) => db.any("SELECT 1 FROM tagged WHERE tag = ?1", [row])?,
                    None => false,
                };
                unknown.extend((!any).then_some(tag));
            }
            Ok(unknown)
        })
        .await
    }
}

impl Db<'_> {
    /// The number of the tag with this name.
    pub(in crate::store) fn tag_row(&self, name: &str) -> Result<Option<i64>> {
        for index in self.keys.indexes("tag.name", name) {
            let find = "SELECT row FROM tag WHERE name_index = ?1";
            if let Some(row) = self.one(find, [index], |row| Ok(row.get(0)?))? {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    /// Tags a member; whether it is new to them.
    pub(super) fn tag(&self, member: u32, name: &str) -> Result<bool> {
        let tag = match self.tag_row(name)? {
            Some(tag) => tag,
            None => {
                let row = self
                    .one("SELECT /* all */ coalesce(max(row), 0) + 1 FROM tag", [], |row| {
                        Ok(row.get::<_, i64>(0)?)
                    })?
                    .unwrap_or(1);
                let sealed = self.keys.seal("tag.name", &row.to_string(), name.trim())?;
                let add = "INSERT INTO tag (row, name, name_index) VALUES (?1, ?2, ?3)";
                self.run(add, params![row, sealed, self.keys.index("tag.name", name)])?;
                row
            }
        };
        self.changes("INSERT OR IGNORE INTO tagged (tag, member) VALUES (?1, ?2)", params![tag, member])
    }

    /// Takes a tag away; whether they had it.
    pub(super) fn untag(&self, member: u32, name: &str) -> Result<bool> {
        match self.tag_row(name)? {
            Some(tag) => {
                self.changes("DELETE FROM tagged WHERE tag = ?1 AND member = ?2", params![tag, member])
            }
            None => Ok(false),
        }
    }

    /// A member's tags, sorted.
    pub(super) fn tags_of(&self, member: u32) -> Result<Vec<String>> {
        let find = "SELECT t.row, t.name FROM tagged g JOIN tag t ON t.row = g.tag WHERE g.member = ?1";
        let mut names = self.all(find, [member], |row| {
            let (tag, sealed): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
            self.keys.unseal("tag.name", &tag.to_string(), &sealed)
        })?;
        names.sort();
        Ok(names)
    }
}
