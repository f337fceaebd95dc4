//! [`CapacitySearch`]: how many bots to try next, and what the tries come to.
//!
//! A pure state machine: numbers of bots out, whether they were served well in. A *pass* raises the number until a
//! demand breaks, and narrows it then by halves. A machine's hiccup is no end: a number is too much where two of up to
//! three tries at it broke. Each further pass begins anew beside what the last one found, so that how far the passes
//! lie apart is what a single one is worth.

use serde::{Deserialize, Serialize};

use super::demands::Demand;

/// Factor by which the first pass raises the number.
const FIRST_STEP: f64 = 2.0;

/// Factor by which later passes do, which know where to look.
const LATER_STEP: f64 = 1.25;

/// Tries of a number that have to break before it is too much, of up to one less than twice as many.
const BREAKS: u32 = 2;

/// Greatest number that passes found, by the least: beyond, they do not agree.
pub const NOISY_AT: f64 = 1.5;

/// Bounds of a search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SearchBounds {
    /// Number of bots with which it begins.
    pub first: u32,
    /// Number beyond which nothing is tried.
    pub most: u32,
    /// Distance at which a number that is served and one that is not are near enough, as a share of the former.
    pub precision: f64,
    /// Passes.
    pub passes: u32,
}

/// A step of a search.
#[derive(Clone, Debug, PartialEq)]
pub enum SearchStep {
    /// So many bots are to be tried.
    Try(u32),
    /// No more are.
    Done(Capacity),
}

/// Result of a pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapacityPass {
    /// The most bots that were served; 0 where not even one was.
    pub held: u32,
    /// The fewest that were not, if the pass came to that.
    pub broke: Option<u32>,
    /// The demand that gave out there.
    pub gave_out: Option<Demand>,
}

/// Result of a search.
#[derive(Clone, Debug, PartialEq)]
pub struct Capacity {
    /// Result of each pass.
    pub passes: Vec<CapacityPass>,
    /// Number beyond which nothing was tried.
    pub most: u32,
}

/// Meaning of a [`Capacity`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sureness {
    /// The passes agree.
    Agreed,
    /// The passes do not agree.
    Noisy,
    /// The most that may be tried are served.
    NeverBroke,
    /// Not even one bot is.
    NotOne,
}

impl Capacity {
    /// The number of bots that is served: that of the pass in the middle.
    #[must_use]
    pub fn held(&self) -> u32 {
        let held = self.sorted();
        held.get((held.len().max(1) - 1) / 2).copied().unwrap_or(0)
    }

    /// The least and the greatest number that a pass found.
    #[must_use]
    pub fn range(&self) -> (u32, u32) {
        let held = self.sorted();
        (held.first().copied().unwrap_or(0), held.last().copied().unwrap_or(0))
    }

    /// The demand that gave out in most passes.
    #[must_use]
    pub fn gave_out(&self) -> Option<Demand> {
        let count = |demand: Demand| self.passes.iter().filter(|pass| pass.gave_out == Some(demand)).count();
        self.passes.iter().filter_map(|pass| pass.gave_out).rev().max_by_key(|demand| count(*demand))
    }

    /// Whether the passes agree, and on a number.
    #[must_use]
    pub fn sureness(&self) -> Sureness {
        let (least, greatest) = self.range();
        match () {
            () if greatest == 0 => Sureness::NotOne,
            () if f64::from(greatest) > f64::from(least) * NOISY_AT => Sureness::Noisy,
            () if self.passes.iter().all(|pass| pass.broke.is_none()) => Sureness::NeverBroke,
            () => Sureness::Agreed,
        }
    }

    fn sorted(&self) -> Vec<u32> {
        let mut held: Vec<u32> = self.passes.iter().map(|pass| pass.held).collect();
        held.sort_unstable();
        held
    }
}

/// See the module.
#[derive(Clone, Debug)]
pub struct CapacitySearch {
    bounds: SearchBounds,
    ended: Vec<CapacityPass>,
    pass: CapacityPass,
    /// The number that is tried.
    next: u32,
    /// Tries at it that were served, and that broke.
    votes: (u32, u32),
    /// The demand that gave out in the first of those that broke.
    gave_out: Option<Demand>,
}

impl CapacitySearch {
    /// A search that has tried nothing.
    #[must_use]
    pub fn new(bounds: SearchBounds) -> Self {
        let next = bounds.first.clamp(1, bounds.most.max(1));
        Self { bounds, ended: Vec::new(), pass: CapacityPass::default(), next, votes: (0, 0), gave_out: None }
    }

    /// Says what is to be done next.
    #[must_use]
    pub fn ask(&self) -> SearchStep {
        if self.ended.len() >= self.bounds.passes.max(1) as usize {
            return SearchStep::Done(Capacity { passes: self.ended.clone(), most: self.bounds.most });
        }
        SearchStep::Try(self.next)
    }

    /// The pass that is under way, from 1, and what it knows.
    #[must_use]
    pub fn under_way(&self) -> (usize, CapacityPass) {
        (self.ended.len() + 1, self.pass)
    }

    /// The number that was asked for was tried: no demand broke, or this one gave out.
    pub fn tell(&mut self, gave_out: Option<Demand>) {
        let SearchStep::Try(tried) = self.ask() else { return };
        match gave_out {
            None => self.votes.0 += 1,
            Some(_) => self.votes.1 += 1,
        }
        self.gave_out = self.gave_out.or(gave_out);
        if self.votes.1 >= BREAKS {
            (self.pass.broke, self.pass.gave_out) = (Some(tried), self.gave_out);
        } else if self.votes.1 == 0 || self.votes.0 >= BREAKS {
            self.pass.held = tried;
        } else {
            return;
        }
        (self.votes, self.gave_out) = ((0, 0), None);
        match self.beyond() {
            Some(next) => self.next = next,
            None => self.end_pass(),
        }
    }

    /// The number that the pass tries next; none once it knows enough.
    fn beyond(&self) -> Option<u32> {
        let step = if self.ended.is_empty() { FIRST_STEP } else { LATER_STEP };
        let CapacityPass { held, broke, .. } = self.pass;
        match broke {
            None if held >= self.bounds.most => None,
            None => Some(((f64::from(held) * step).ceil() as u32).clamp(held + 1, self.bounds.most)),
            Some(1) => None,
            Some(broke) if held == 0 => Some(((f64::from(broke) / step) as u32).clamp(1, broke - 1)),
            Some(broke) if broke - held <= 1 || f64::from(broke - held) <= f64::from(held) * self.bounds.precision => {
                None
            }
            // Halfway in proportion: a step up from 100 to 200 is as long as one from 1000 to 2000.
            Some(broke) => Some(
                (f64::from(held).sqrt() * f64::from(broke).sqrt())
                    .round()
                    .clamp(f64::from(held + 1), f64::from(broke - 1)) as u32,
            ),
        }
    }

    fn end_pass(&mut self) {
        let pass = std::mem::take(&mut self.pass);
        let beside = if pass.broke.is_none() { pass.held } else { (f64::from(pass.held) / LATER_STEP) as u32 };
        self.next = beside.clamp(1, self.bounds.most.max(1));
        self.ended.push(pass);
    }
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
