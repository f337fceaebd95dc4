// The page's files. Written by `client-web/build.sh`.
&[
    ("board-ebbb6319b10418bb2e15_bg.wasm.gz", include_bytes!("files/board-ebbb6319b10418bb2e15_bg.wasm.gz")),
    ("index.html", include_bytes!("files/index.html")),
    ("main-7c9ea4ba88877daf37c7.js.gz", include_bytes!("files/main-7c9ea4ba88877daf37c7.js.gz")),
    ("small-d16132b23cb8b2990262.js.gz", include_bytes!("files/small-d16132b23cb8b2990262.js.gz")),
    ("small.html", include_bytes!("files/small.html")),
    ("style-4b814a3ab52c3d61a0ab.css.gz", include_bytes!("files/style-4b814a3ab52c3d61a0ab.css.gz")),
]
