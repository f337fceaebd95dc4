//! Help for players: the one place for every help screen. Which key does what is the client's to say.

/// A thing to know: its name, and a sentence.
pub type Topic = (&'static str, &'static str);

/// Actions of a player, in the order of [`Input`](crate::Input)'s fields and [`Command`](crate::Command)'s
/// variants.
pub const ACTIONS: [Topic; 7] = [
    ("Turn", "Left and right. The nose is where all weapons point."),
    ("Thrust", "Burns the engine. Without it the ship slows down by itself."),
    ("Gun", "Bolts that fly straight: aim ahead of what moves. Cheap; hold to keep firing."),
    ("Laser", "Hits at once what you see under your nose. Takes much energy."),
    (
        "Missile",
        "Slow, follows the ship ahead of your nose, and takes even more energy. It can be shot down or led into a \
         wall.",
    ),
    ("Chat", "A line to everyone."),
    ("Watch", "Leaves the ship and follows another, or looks around. Play takes you back."),
];

/// Things in the world.
pub const THINGS: [Topic; 8] = [
    ("Round", "Most ships destroyed wins; fewer deaths break a tie. Then a break, in which nothing hurts."),
    ("Energy", "All weapons draw on it; it comes back by itself."),
    ("Death", "A short wait, then a new ship with a moment's shield."),
    ("Repair", "Gives back much of your health."),
    ("Shield", "Nothing hurts you for a while."),
    ("Rapid fire", "For a while the gun reloads twice as fast, at half the energy."),
    ("Charge", "Full energy at once, and twice the recharge for a while."),
    ("Asteroids and walls", "Both stop shots. Asteroids hurt the harder you hit them; walls only throw you back."),
];
