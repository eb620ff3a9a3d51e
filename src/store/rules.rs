//! Rules a person made: whom they allow, whom they block.

use rusqlite::params;

use super::{Db, Result, RuleTarget, Store};
use crate::wire::LoginId;

impl Store {
    /// Makes or removes a rule; either twice is the same as once. The target need not exist.
    ///
    /// # Errors
    /// `NotFound("login")` when the person's own login is not there.
    pub async fn set_rule(&self, login: LoginId, rule: RuleTarget, remove: bool) -> Result<()> {
        self.write(move |db| db.set_rule(&login, &rule, remove)).await
    }
}

impl Db<'_> {
    fn set_rule(&self, login: &LoginId, rule: &RuleTarget, remove: bool) -> Result<()> {
        let number = self.login_number(login)?;
        let kind = kind(rule);
        if remove {
            for target in self.targets(rule) {
                let delete = "DELETE FROM rule WHERE login = ?1 AND kind = ?2 AND target = ?3";
                self.run(delete, params![number, kind, target])?;
            }
            return Ok(());
        }
        if self.has_rule(login, rule)? {
            return Ok(());
        }
        let address = match rule {
            RuleTarget::BlockAddress(address) => {
                Some(self.keys.seal("rule.address", login.as_str(), address.trim())?)
            }
            _ => None,
        };
        let add = "INSERT INTO rule (login, kind, target, address) VALUES (?1, ?2, ?3, ?4)";
        self.run(add, params![number, kind, self.targets(rule).first(), address])?;
        Ok(())
    }

    /// Whether `login` made this very rule.
    pub(super) fn has_rule(&self, login: &LoginId, rule: &RuleTarget) -> Result<bool> {
        let find = "SELECT 1 FROM rule WHERE login = (SELECT row FROM login WHERE name = ?1)
                    AND kind = ?2 AND target = ?3";
        for target in self.targets(rule) {
            if self.any(find, params![login.as_str(), kind(rule), target])? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What the rule may be kept under, the way a new one is first.
    fn targets(&self, rule: &RuleTarget) -> Vec<Vec<u8>> {
        match rule {
            RuleTarget::Allow(login) | RuleTarget::BlockLogin(login) => {
                vec![login.as_str().as_bytes().to_vec()]
            }
            RuleTarget::BlockAddress(address) => self.keys.indexes("rule.address", address).collect(),
            RuleTarget::BlockTicket { mail, recipient } => {
                vec![[mail.to_be_bytes().as_slice(), &recipient.to_be_bytes()].concat()]
            }
        }
    }
}

fn kind(rule: &RuleTarget) -> i64 {
    match rule {
        RuleTarget::Allow(_) => 0,
        RuleTarget::BlockLogin(_) => 1,
        RuleTarget::BlockAddress(_) => 2,
        RuleTarget::BlockTicket { .. } => 3,
    }
}
