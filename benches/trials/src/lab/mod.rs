//! A lab for real networks: two namespaces, a link between them that delays, loses, cuts and rebinds, a real
//! server at one end and players at the other, and bare TCP streams beside them to judge by.
//!
//! - the link: [`packet`] (what is read of one), [`way`] (one direction), [`crossing`] (both, with their
//!   connections), [`link`](mod@link) (at work between devices), [`namespace`];
//! - who uses it: [`player`] over a [`player_socket`], [`bare`] streams, all of them in a [`crowd`];
//! - the trials: [`list`] (all of them, with their goals), [`stage`] (everything of one, set up), [`scenario`] (what
//!   is done to it), [`measures`], [`window`] and [`goals`] (what is said of it).

pub mod bare;
pub mod crossing;
pub mod crowd;
pub mod goals;
pub mod link;
pub mod list;
pub mod measures;
pub mod namespace;
pub mod packet;
pub mod player;
pub mod player_socket;
pub mod scenario;
pub mod stage;
pub mod way;
pub mod window;
