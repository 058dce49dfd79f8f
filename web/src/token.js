// Until the browser's tab is closed, and never on the disk's longer memory.

const KEY = "busbar.token";

export const keptToken = () => sessionStorage.getItem(KEY) ?? "";
export const keepToken = (token) => sessionStorage.setItem(KEY, token);
export const forgetToken = () => sessionStorage.removeItem(KEY);
