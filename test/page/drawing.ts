// Evaluated in the page: its value is the page as it is shown, with its styles, as an SVG without scripts. Dialogs are not in
// their place. It changes no element, since the page's policy allows no styles and images of others.
(() => {
  const pathOf = (element: Element): string => {
    const { parentElement: parent } = element;
    if (parent === null || element === document.body) return 'body';
    return `${pathOf(parent)} > :nth-child(${[...parent.children].indexOf(element) + 1})`;
  };
  const scrolled = [...document.body.querySelectorAll('*')].filter(({ scrollTop }) => scrollTop > 0);
  const images = [...document.querySelectorAll('canvas')].map(
    (canvas) => `<img width="${canvas.clientWidth}" height="${canvas.clientHeight}" src="${canvas.toDataURL()}"/>`,
  );
  const rules = [
    ...[...document.styleSheets].flatMap(({ cssRules }) => [...cssRules].map(({ cssText }) => cssText)),
    ...scrolled.map((element) => `${pathOf(element)} > * { transform: translateY(-${element.scrollTop}px) }`),
    '* { animation: none !important; transition: none !important; scrollbar-width: none !important }',
  ];
  const content = new XMLSerializer()
    .serializeToString(document.body)
    .replace(/<canvas[^>]*?(\/>|>.*?<\/canvas>)/gs, () => images.shift() ?? '')
    .replace(/<script.*?(\/>|<\/script>)/gs, '');
  const { clientWidth, clientHeight } = document.documentElement;
  const size = `width="${clientWidth}" height="${clientHeight}"`;
  const style = `<style><![CDATA[\n${rules.join('\n')}\n]]></style>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>${style}<foreignObject ${size}>${content}</foreignObject></svg>\n`;
})();
