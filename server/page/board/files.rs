// The page's files. Written by `client-web/build.sh`.
&[
    ("board-aaf7753051d6f616d4a9_bg.wasm.gz", include_bytes!("files/board-aaf7753051d6f616d4a9_bg.wasm.gz")),
    ("index.html", include_bytes!("files/index.html")),
    ("main-394dc49d96fc501d2d3c.js.gz", include_bytes!("files/main-394dc49d96fc501d2d3c.js.gz")),
    ("small-76a1ff82c6be985cd8bc.js.gz", include_bytes!("files/small-76a1ff82c6be985cd8bc.js.gz")),
    ("small.html", include_bytes!("files/small.html")),
    ("style-4b814a3ab52c3d61a0ab.css.gz", include_bytes!("files/style-4b814a3ab52c3d61a0ab.css.gz")),
]
