"""The world as somebody sees it whose token names some panels: all others do not exist, wherever they are met."""
