document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-theme-switch]")) return;
  const { dataset } = document.documentElement;
  dataset.bsTheme = dataset.bsTheme === "dark" ? "light" : "dark";
  localStorage.theme = dataset.bsTheme;
});
