//! A script that finds texts which are hard to read.

/// Finds each text that stands out from what is behind it by less than 4.5 to 1, as WCAG 2.2
/// counts it for AA: an expression of JavaScript.
pub const FAINT: &str = r"(() => {
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
    const paint = (colours) => {
        canvas.clearRect(0, 0, 1, 1);
        for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
        return canvas.getImageData(0, 0, 1, 1).data;
    };
    const light = ([r, g, b]) => [r, g, b].map(part => part / 255)
        .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
    const faint = [];
    let seen = 0;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node; node = walker.nextNode();) {
        const parent = node.parentElement;
        if (!node.data.trim() || !parent.checkVisibility() || parent.closest('script, style, noscript')) continue;
        const behind = [];
        for (let it = parent; it; it = it.parentElement) {
            behind.unshift(getComputedStyle(it).backgroundColor);
            if (it.matches('dialog')) break;
        }
        const colour = getComputedStyle(parent).color;
        const [one, other] = [light(paint(behind)), light(paint([...behind, colour]))].sort((a, b) => b - a);
        const ratio = (one + 0.05) / (other + 0.05);
        seen += 1;
        if (ratio < 4.5) faint.push(`${ratio.toFixed(2)}: ${node.data}`);
    }
    return seen > 20 ? faint : [`only ${seen} texts`];
})()";
