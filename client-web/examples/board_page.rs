//! The board of the examples for pages: `client-web/build.sh board_page FOLDER` makes its module.

#[path = "../../shared/examples/board/game.rs"]
mod game;

auspice_web::export!(game::Board);
