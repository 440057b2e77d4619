// What is saved becomes a file on the reader's own machine, and what is opened comes from there: the
// server writes none of it down.
window.krxSaveFile = (name, type, text) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
};

// The text of a file that the reader picks, at most `limit` characters and one; "" for none.
window.krxOpenFile = (limit) => new Promise((resolve) => {
  const input = document.createElement("input");
  input.type = "file";
  input.accept = ".json,application/json";
  input.addEventListener("cancel", () => resolve(""));
  input.addEventListener("change", () => {
    const [file] = input.files;
    if (file) file.slice(0, 4 * (limit + 1)).text().then((text) => resolve(text.slice(0, limit + 1)));
    else resolve("");
  });
  input.click();
});
