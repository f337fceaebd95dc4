// The page's files. Written by `client-web/build.sh`.
&[
    ("board-214931c817a697f7963d_bg.wasm.gz", include_bytes!("files/board-214931c817a697f7963d_bg.wasm.gz")),
    ("index.html", include_bytes!("files/index.html")),
    ("main-f9e3d914b99b7d4f09a5.js.gz", include_bytes!("files/main-f9e3d914b99b7d4f09a5.js.gz")),
    ("small-2699000ccdd5478c8ec7.js.gz", include_bytes!("files/small-2699000ccdd5478c8ec7.js.gz")),
    ("small.html", include_bytes!("files/small.html")),
    ("style-4b814a3ab52c3d61a0ab.css.gz", include_bytes!("files/style-4b814a3ab52c3d61a0ab.css.gz")),
]
