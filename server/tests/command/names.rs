//! Names of players: whose they are, and what they may have in them.

use auspice::message::Credential;
use auspice::replica::ReplicaEvent;
use auspice_demo::{Command as Wish, Event, Refusal};

use crate::player::{Player, Running};
use crate::{server, text};

/// What becomes of a wish for another name.
fn rename(player: &mut Player) -> Option<Event> {
    player.replica.command(&Wish::Rename("Bob".into())).unwrap();
    player.replica.command(&Wish::Say("who am I?".into())).unwrap();
    let mut told = None;
    player.play_until("it hears of its wish", |player| {
        while let Some(event) = player.replica.poll_event() {
            if let ReplicaEvent::Event { event: event @ (Event::Said { .. } | Event::Refused(_)), .. } = event {
                told = told.take().or(Some(event));
            }
        }
        told.is_some()
    });
    told
}

#[test]
fn a_name_that_a_ticket_says_stays_and_another_is_the_players_own() {
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let (key, public) = (folder.join("names-key"), folder.join("names-key.pub"));
    let _ = (std::fs::remove_file(&key), std::fs::remove_file(&public));
    assert!(server().args(["ticket", "new-key"]).arg(&key).output().unwrap().status.success());
    let with_tickets = Running::start(&["--admin-listen", "off", "--ticket-key", public.to_str().unwrap()]);
    let minted =
        server().args(["ticket", "mint", "--player", "p", "--name", "Ann", "--key"]).arg(&key).output().unwrap();
    let mut ann = Player::join(with_tickets.address, "ann", Credential::Ticket(text(&minted.stdout).trim().to_owned()));
    assert_eq!(rename(&mut ann), Some(Event::Refused(Refusal::NameHeld)));
    let without = Running::start(&["--admin-listen", "off"]);
    let mut ann = Player::join(without.address, "ann", Credential::Open);
    assert_eq!(rename(&mut ann), Some(Event::Said { name: "Bob".into(), text: "who am I?".into() }));
}

#[test]
fn a_name_of_any_script_is_let_in() {
    let running = Running::start(&["--admin-listen", "off"]);
    Player::join(running.address, "Александра Александровна", Credential::Open);
}
