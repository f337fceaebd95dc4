// The page's files. Written by `client-web/build.sh`.
&[
    ("board-b9ac4c79b6d90980cfc1_bg.wasm.gz", include_bytes!("files/board-b9ac4c79b6d90980cfc1_bg.wasm.gz")),
    ("index.html", include_bytes!("files/index.html")),
    ("main-47219438562f6e2130db.js.gz", include_bytes!("files/main-47219438562f6e2130db.js.gz")),
    ("small-31aa81bc820e1f527446.js.gz", include_bytes!("files/small-31aa81bc820e1f527446.js.gz")),
    ("small.html", include_bytes!("files/small.html")),
    ("style-4b814a3ab52c3d61a0ab.css.gz", include_bytes!("files/style-4b814a3ab52c3d61a0ab.css.gz")),
]
