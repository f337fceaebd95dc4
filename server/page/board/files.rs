// The page's files. Written by `client-web/build.sh`.
&[
    ("board-a84fa9d8169d5c9ae6b8_bg.wasm.gz", include_bytes!("files/board-a84fa9d8169d5c9ae6b8_bg.wasm.gz")),
    ("index.html", include_bytes!("files/index.html")),
    ("main-b1cae524d94ba8386169.js.gz", include_bytes!("files/main-b1cae524d94ba8386169.js.gz")),
    ("small-4762dc3047294d1c3a5a.js.gz", include_bytes!("files/small-4762dc3047294d1c3a5a.js.gz")),
    ("small.html", include_bytes!("files/small.html")),
    ("style-4b814a3ab52c3d61a0ab.css.gz", include_bytes!("files/style-4b814a3ab52c3d61a0ab.css.gz")),
]
