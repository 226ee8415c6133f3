new ResizeObserver(() => parent.postMessage({ articleFeedHeight: document.documentElement.offsetHeight }, "*")).observe(document.documentElement);
