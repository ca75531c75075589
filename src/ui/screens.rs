//! A quick look.
use super::*;
use crate::app::testing::*;
use crate::app::*;
use ratatui::layout::Rect;

fn render(model: &Model) -> String {
    let (w, h) = model.size;
    let mut buffer = Buffer::empty(Rect::new(0, 0, w, h));
    draw(model, &Theme::named("dark").unwrap(), &mut buffer);
    (0..h).map(|y| (0..w).map(|x| buffer[(x, y)].symbol().to_owned()).collect::<String>() + "\n").collect()
}

#[test]
fn look() {
    let mut c = Console::new();
    c.sign_ins(0..40);
    c.loaded(List::SignIns);
    c.press("<space><space>jjc");
    println!("{}", render(&c.model));
    c.press("$");
    println!("{}", render(&c.model));
    c.press("<esc>?");
    println!("{}", render(&c.model));
    c.press("<esc><enter>");
    println!("{}", render(&c.model));
    c.press("<esc>4");
    println!("{}", render(&c.model));
    c.press("q");
    println!("{}", render(&c.model));
    c.press("<esc>2");
    c.tell(Message::Resize(140, 30));
    println!("{}", render(&c.model));
}
