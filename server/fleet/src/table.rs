//! The table: who may go on when the store does not answer.
//!
//! | the store answers me | the nodes that I know | |
//! | --- | --- | --- |
//! | yes | whatever they say | go on: the lease is renewed |
//! | no | each of them is heard, and says that it does not answer them either | go on: nobody can take over without it |
//! | no | one of them says that it answers | stop when the lease ends: they can take over |
//! | no | one of them is not heard | stop likewise: it may be where the store is |
//! | no | nobody is heard, or nobody known | stop likewise: then I am the one who is cut off |
//!
//! "Says" is a promise with an end: a blind node takes nothing over for one lease, counted from the moment at which its
//! letter's echo left here, and less the margin. So it holds whatever the letter's way took, and whatever the node sees
//! a moment later. Who stopped does not begin again by such promises, but by a renewed lease alone.

/// Knowledge of another node's sight, by its letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerSight {
    /// A node that promised to take nothing over, and its promise has not ended.
    Blind,
    /// A node that says that the store answers it.
    Sees,
    /// A node of which nothing that counts was heard.
    Unheard,
}

/// Answer of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableVerdict {
    /// Rooms go on.
    GoOn,
    /// Rooms stop when the lease ends, less a margin, by my own clock.
    StopAtLease,
}

/// Reads the table, of the nodes that I told the store that I know.
pub fn may_go_on(store_answers: bool, known: impl IntoIterator<Item = PeerSight>) -> TableVerdict {
    if store_answers {
        return TableVerdict::GoOn;
    }
    let mut known = known.into_iter().peekable();
    let somebody = known.peek().is_some();
    if somebody && known.all(|hearing| hearing == PeerSight::Blind) {
        TableVerdict::GoOn
    } else {
        TableVerdict::StopAtLease
    }
}

#[cfg(test)]
mod tests {
    use super::PeerSight::{Blind, Sees, Unheard};
    use super::TableVerdict::{GoOn, StopAtLease};
    use super::*;

    #[test]
    fn every_row_of_the_table_is_as_it_says() {
        let rows: &[(bool, &[PeerSight], TableVerdict)] = &[
            (true, &[], GoOn),
            (true, &[Sees, Unheard], GoOn),
            (false, &[Blind], GoOn),
            (false, &[Blind, Blind, Blind], GoOn),
            (false, &[Blind, Sees], StopAtLease),
            (false, &[Sees, Sees], StopAtLease),
            (false, &[Blind, Unheard], StopAtLease),
            (false, &[Unheard, Unheard], StopAtLease),
            (false, &[], StopAtLease),
        ];
        for (store, known, verdict) in rows {
            assert_eq!(may_go_on(*store, known.iter().copied()), *verdict, "{store} {known:?}");
        }
    }
}
