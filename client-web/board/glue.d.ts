// What `build.sh board_page` writes beside the module.
declare module "*/board_page.js" {
    const glue: import("auspice-web").Glue;
    export default glue.default;
    export const Client: import("auspice-web").Glue["Client"];
}
