"""One look for every tab: two surfaces, one accent, system fonts, nothing fetched from outside.

Colours that carry meaning live in `styles/page.css` as variables: `--tuned` (blue) and `--vanilla`
(slate). This theme gives Gradio's own components the same palette, so that the stylesheets
only have to say what a theme cannot.
"""

from __future__ import annotations

from pathlib import Path

import gradio as gr

STYLESHEETS = sorted((Path(__file__).parent / "styles").glob("*.css"))

FONTS = (
    "Pretendard",
    "Apple SD Gothic Neo",
    "Malgun Gothic",
    "Noto Sans KR",
    "Noto Sans CJK KR",
    "system-ui",
    "sans-serif",
)
MONO_FONTS = ("ui-monospace", "Menlo", "Consolas", "D2Coding", "monospace")

_BLUE = gr.themes.Color(
    c50="#f0f5fe",
    c100="#dde9fc",
    c200="#c2d7fa",
    c300="#98bdf6",
    c400="#6b9df0",
    c500="#3f7ce4",
    c600="#2563cf",
    c700="#1d4fab",
    c800="#1b4289",
    c900="#1a3a70",
    c950="#132447",
    name="krx_blue",
)
_SLATE = gr.themes.Color(
    c50="#f7f8fa",
    c100="#eef0f4",
    c200="#dfe3ea",
    c300="#c5ccd8",
    c400="#939eaf",
    c500="#66728a",
    c600="#4d586c",
    c700="#323b4b",
    c800="#1d242f",
    c900="#151a22",
    c950="#0f131a",
    name="krx_slate",
)


def theme() -> gr.themes.Base:
    return gr.themes.Base(
        primary_hue=_BLUE,
        secondary_hue=_BLUE,
        neutral_hue=_SLATE,
        text_size=gr.themes.sizes.text_md,
        radius_size=gr.themes.sizes.radius_md,
        font=FONTS,
        font_mono=MONO_FONTS,
    ).set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        body_text_color="*neutral_800",
        body_text_color_dark="*neutral_200",
        body_text_color_subdued="*neutral_500",
        body_text_color_subdued_dark="*neutral_400",
        background_fill_primary="white",
        background_fill_primary_dark="*neutral_900",
        background_fill_secondary="*neutral_50",
        background_fill_secondary_dark="*neutral_950",
        border_color_primary="*neutral_200",
        border_color_primary_dark="*neutral_700",
        color_accent_soft="*primary_50",
        color_accent_soft_dark="*neutral_800",
        block_background_fill="white",
        block_background_fill_dark="*neutral_900",
        block_border_width="1px",
        block_shadow="none",
        layout_gap="12px",
        block_title_text_color="*neutral_600",
        block_title_text_color_dark="*neutral_300",
        block_title_text_size="*text_sm",
        block_info_text_size="*text_sm",
        block_info_text_color="*neutral_500",
        block_info_text_color_dark="*neutral_400",
        chatbot_text_size="1rem",
        input_background_fill="white",
        input_background_fill_dark="*neutral_900",
        input_border_width="1px",
        input_border_color="*neutral_300",
        input_border_color_dark="*neutral_700",
        input_border_color_focus="*primary_500",
        input_shadow="none",
        input_shadow_focus="none",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_text_color="white",
        button_transition="background-color 120ms ease",
        slider_color="*primary_500",
    )
