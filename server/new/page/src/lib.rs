//! newgame for browsers: a client of it as a class of JavaScript.

auspice_web::export!(newgame_rules::World);
